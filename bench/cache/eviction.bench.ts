/**
 * What each eviction policy saves on four traces, beside a policy that knows the future.
 *
 *   npm run bench -- cache/eviction [--chunks 2000] [--uses 60000] [--budget 10] [--seed 1] [--json FILE]
 *
 * The budget is in percent of the bytes of all chunks of the Zipf trace. `saved` is the share of the compute of all uses
 * that hits saved.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { leastFrequentlyUsed } from '../../cache/eviction/frequency.ts';
import { leastRecentlyUsed } from '../../cache/eviction/recency.ts';
import { mostValuable } from '../../cache/eviction/value.ts';
import { reportOrigin } from '../report.ts';
import { belady, replay } from './replay.ts';
import { allTraces } from './traces.ts';

const { values } = parseArgs({
  options: {
    chunks: { type: 'string', default: '2000' },
    uses: { type: 'string', default: '60000' },
    budget: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    json: { type: 'string' },
  },
});

const POLICIES = [leastRecentlyUsed, leastFrequentlyUsed, mostValuable];

function main(): void {
  const options = {
    chunks: Number(values.chunks),
    uses: Number(values.uses),
    seed: Number(values.seed),
  };
  const traces = allTraces(options);
  const all = new Map(traces[0]!.uses.map((chunk) => [chunk.key, chunk.bytes]));
  const total = [...all.values()].reduce((sum, bytes) => sum + bytes, 0);
  const budgetBytes = (total * Number(values.budget)) / 100;
  const rows = traces.map((trace) => {
    const limit = belady(trace, budgetBytes).saved;
    const saved = POLICIES.map((make) => {
      const policy = make({ budgetBytes });
      return [policy.name, replay(trace, policy).saved] as const;
    });
    const own = saved.at(-1)![1];
    return {
      trace: trace.name,
      ...Object.fromEntries(saved.map(([name, share]) => [name, rounded(share)])),
      Belady: rounded(limit),
      'value / LRU': rounded(own / saved[0]![1]),
      'value / Belady': rounded(own / limit),
    };
  });
  console.table(rows);
  if (values.json) {
    const report = {
      ...reportOrigin(options.seed),
      ...options,
      budgetPercent: Number(values.budget),
      rows,
    };
    writeFileSync(values.json, `${JSON.stringify(report, undefined, 2)}\n`);
  }
}

function rounded(value: number): number {
  return Number(value.toFixed(3));
}

main();
