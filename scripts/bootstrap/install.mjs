/**
 * Installs from the lockfile when node_modules is missing, half-finished, of another lockfile, or compiled for
 * another Node. A marker file, written last, says for what an install was finished.
 */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { alone } from './lock.mjs';
import { checkCompilers } from './machine.mjs';
import { at, say } from './paths.mjs';
import { npm, run, TO_STDERR } from './run.mjs';

const marker = at('node_modules', '.graphblend-lock');
const LOADS_NATIVE = "new (require('better-sqlite3'))(':memory:'); require('hnswlib-node')";

function readText(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Names the lockfile and the binary interface that native modules are compiled for. */
function wanted() {
  const lockfile = createHash('sha256')
    .update(readFileSync(at('package-lock.json')))
    .digest('hex');
  return `${lockfile} abi${process.versions.modules} ${process.platform}-${process.arch}\n`;
}

/**
 * True if somebody ran npm by hand and it finished: npm writes its own record last. Packages for other platforms
 * stand in the lockfile alone.
 */
function installedByHand() {
  const record = readText(at('node_modules', '.package-lock.json'));
  if (!record) return false;
  const installed = JSON.parse(record).packages;
  const { '': _root, ...locked } = JSON.parse(
    readFileSync(at('package-lock.json'), 'utf8'),
  ).packages;
  const same = Object.entries(locked).every(([path, { version, optional }]) =>
    path in installed ? installed[path].version === version : optional,
  );
  return (
    same &&
    spawnSync(process.execPath, ['-e', LOADS_NATIVE], { cwd: at(), stdio: 'ignore' }).status === 0
  );
}

/** A sign of life every half minute while npm is silent. */
function ticking() {
  const startMs = Date.now();
  const timer = setInterval(
    () => say(`  still installing (${Math.round((Date.now() - startMs) / 1000)} s)`),
    30_000,
  );
  return () => clearInterval(timer);
}

async function npmCi() {
  if (!checkCompilers()) return 1;
  say(
    'Installing dependencies (the first time takes a few minutes, as native modules are compiled) ...',
  );
  rmSync(marker, { force: true });
  const stop = ticking();
  // Development tools are needed to build, whatever NODE_ENV says.
  const [command, args] = npm([
    'ci',
    '--include=dev',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ]);
  const code = await run(command, args, { stdio: TO_STDERR }).finally(stop);
  if (code !== 0)
    say('The install failed; the reason is above. Run the same command again once it is solved.');
  return code;
}

/** @returns 0 when node_modules is as the lockfile says. */
export async function install() {
  if (readText(marker) === wanted()) return 0;
  return alone(async () => {
    if (readText(marker) === wanted()) return 0;
    const code = installedByHand() ? 0 : await npmCi();
    if (code === 0) writeFileSync(marker, wanted());
    return code;
  });
}
