/**
 * Builds dist/ when its stamp is not the hash of today's sources. The build goes to a folder beside it that takes
 * its place at the end, so that a crash leaves the old dist or none, never half of one.
 */

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { alone } from './lock.mjs';
import { at, say } from './paths.mjs';
import { run, TO_STDERR } from './run.mjs';

const SOURCES = [
  'engine',
  'cache',
  'graph',
  'ingest',
  'retrieval',
  'api',
  'cli',
  'bench',
  'scripts',
  'ui',
];
const SETTINGS = ['tsconfig.json', 'vite.config.ts', 'package.json', 'package-lock.json'];
const BUILT = /\.(ts|tsx|css|html|svg)$/;

function sourceFiles() {
  const inFolder = (folder) =>
    readdirSync(at(folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && BUILT.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name));
  const folders = SOURCES.filter((folder) => existsSync(at(folder)));
  const settings = SETTINGS.map((file) => at(file)).filter((file) => existsSync(file));
  return [...folders.flatMap(inFolder), ...settings].sort();
}

function sourceHash() {
  const hash = createHash('sha256');
  for (const file of sourceFiles())
    hash.update(`${file}\0`).update(readFileSync(file)).update('\0');
  return hash.digest('hex');
}

function isBuilt(stamp) {
  const file = at('dist', '.stamp');
  return existsSync(file) && readFileSync(file, 'utf8') === stamp;
}

const tool = (path, args) =>
  run(process.execPath, [at('node_modules', ...path), ...args], { stdio: TO_STDERR });

async function compile(target) {
  const code = await tool(
    ['typescript', 'bin', 'tsc'],
    ['-p', 'tsconfig.json', '--outDir', target],
  );
  if (code !== 0 || !existsSync(at('vite.config.ts'))) return code;
  const outDir = ['--outDir', join(target, 'ui'), '--emptyOutDir'];
  return tool(['vite', 'bin', 'vite.js'], ['build', '--logLevel', 'warn', ...outDir]);
}

function replaceDist(next) {
  const old = at('dist.old');
  rmSync(old, { recursive: true, force: true });
  if (existsSync(at('dist'))) renameSync(at('dist'), old);
  renameSync(next, at('dist'));
  rmSync(old, { recursive: true, force: true });
}

async function rebuild(stamp) {
  say('Building ...');
  const next = at('dist.next');
  rmSync(next, { recursive: true, force: true });
  const code = await compile(next);
  if (code === 0) {
    writeFileSync(join(next, '.stamp'), stamp);
    replaceDist(next);
  }
  rmSync(next, { recursive: true, force: true });
  return code;
}

/** @returns 0 when dist/ is that of the present sources. */
export async function build() {
  const stamp = sourceHash();
  if (isBuilt(stamp)) return 0;
  return alone(async () => (isBuilt(stamp) ? 0 : rebuild(stamp)));
}
