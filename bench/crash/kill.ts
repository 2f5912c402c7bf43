/**
 * Kills a server that ingests twenty documents, again and again, and compares what it leaves with an
 * undisturbed ingest.
 *
 *   tsx bench/crash/kill.ts [--kills 50] [--per-home 5] [--seed 1] [--json FILE]
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { crashDocuments } from './documents.ts';
import { killRun, openHarness, type HomeResult } from './harness.ts';
import { seededRandom } from './random.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    'per-home': { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    json: { type: 'string' },
  },
});
const kills = Number(values.kills);
const perHome = Number(values['per-home']);
const seed = Number(values.seed);

const harness = await openHarness(crashDocuments());
try {
  console.log(
    `undisturbed: ${harness.documents.length} documents in ${(harness.undisturbedMs / 1000).toFixed(1)} s, ` +
      `${harness.expected.length} lines in the dump`,
  );
  const results: HomeResult[] = [];
  for (let home = 1, left = kills; left > 0; home++, left -= perHome) {
    const random = seededRandom(seed * 1000 + home);
    const result = await killRun(harness, { home, kills: Math.min(perHome, left), random });
    results.push(result);
    show(result);
  }
  report(results);
} finally {
  harness.close();
}

function show({ home, kills: done, seconds, differences, failedJobs }: HomeResult): void {
  const ok = differences.length === 0 && failedJobs.length === 0;
  const moments = done.map(({ stage, afterMs, accepted }) => `${stage}@${afterMs}ms/${accepted}`);
  console.log(
    `home ${home}: ${ok ? 'equal' : 'DIFFERS'} after ${moments.join(' ')} (${seconds.toFixed(1)} s)`,
  );
  for (const line of [...failedJobs, ...differences].slice(0, 12)) console.log(`    ${line}`);
}

function report(results: readonly HomeResult[]): void {
  const all = results.flatMap((result) => result.kills);
  const stages = [...new Set(all.map(({ stage }) => stage))].toSorted();
  console.table(
    stages.map((stage) => ({
      'killed while': stage,
      kills: all.filter((each) => each.stage === stage).length,
      'during submission': all.filter(
        (each) => each.stage === stage && each.accepted < harness.documents.length,
      ).length,
    })),
  );
  const summary = {
    kills: all.length,
    homes: results.length,
    equal: results.filter(({ differences }) => differences.length === 0).length,
    failedJobs: results.flatMap(({ failedJobs }) => failedJobs).length,
    kvFilesRewritten: results.reduce((sum, { kvRewritten }) => sum + kvRewritten, 0),
    dumpLines: harness.expected.length,
    undisturbedSeconds: harness.undisturbedMs / 1000,
  };
  console.table([summary]);
  if (values.json)
    writeFileSync(
      values.json,
      `${JSON.stringify({ ...about(), summary, results }, undefined, 2)}\n`,
    );
  process.exitCode = summary.equal === results.length && summary.failedJobs === 0 ? 0 : 1;
}

function about(): object {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  return { machine: `${cpus()[0]?.model} x ${cpus().length}`, commit, seed };
}
