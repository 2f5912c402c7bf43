/**
 * Runs benches: `npm run bench -- <area>[/<name>] [options]` runs bench/<area>/*.bench.ts one after the other and
 * hands the options on. `--json FILE` collects their reports in one file, by name.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { modelProcessEnvironment } from '../engine/index.ts';

const SUFFIX = '.bench.ts';

function main(args: readonly string[]): number {
  const [target, ...options] = args;
  if (target === undefined || target.startsWith('-')) return printList();
  const [area = '', name] = target.split('/');
  const names = benchNames(area).filter((each) => name === undefined || each === name);
  if (names.length === 0) {
    console.error(`There is no bench "${target}".`);
    printList();
    return 2;
  }
  const { json, rest } = takeJsonOption(options);
  const reports: Record<string, unknown> = {};
  for (const each of names) {
    console.log(`\n# ${area}/${each}`);
    const { status, report } = runBench(area, each, rest);
    if (status !== 0) return status;
    reports[each] = report;
  }
  if (json) writeFileSync(json, `${JSON.stringify(reports, undefined, 2)}\n`);
  return 0;
}

function printList(): number {
  console.log('Usage: npm run bench -- <area>[/<name>] [--json FILE] [options of the bench]\n');
  for (const area of areas()) console.log(`${area}: ${benchNames(area).join(', ')}`);
  return 0;
}

function areas(): string[] {
  return readdirSync(import.meta.dirname, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && benchNames(entry.name).length > 0)
    .map((entry) => entry.name)
    .sort();
}

function benchNames(area: string): string[] {
  const folder = join(import.meta.dirname, area);
  if (!/^[\w-]+$/.test(area) || !existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith(SUFFIX))
    .map((file) => file.slice(0, -SUFFIX.length))
    .sort();
}

function takeJsonOption(options: readonly string[]): { json: string | undefined; rest: string[] } {
  const at = options.indexOf('--json');
  if (at < 0) return { json: undefined, rest: [...options] };
  return { json: options[at + 1], rest: options.toSpliced(at, 2) };
}

/** In a process of its own: memory and threads of one bench do not weigh on the next. */
function runBench(
  area: string,
  name: string,
  options: readonly string[],
): { status: number; report: unknown } {
  const folder = mkdtempSync(join(tmpdir(), 'graphblend-bench-'));
  try {
    const json = join(folder, 'report.json');
    const file = join(import.meta.dirname, area, `${name}${SUFFIX}`);
    const { status } = spawnSync(
      process.execPath,
      ['--import', 'tsx', file, ...options, '--json', json],
      // As the product runs its models; a process takes these settings only when it starts.
      { stdio: 'inherit', env: { ...modelProcessEnvironment, ...process.env } },
    );
    const report: unknown = existsSync(json) ? JSON.parse(readFileSync(json, 'utf8')) : undefined;
    return { status: status ?? 1, report };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

process.exitCode = main(process.argv.slice(2));
