/**
 * What each policy and budget keeps of a full prefill's answers, and how soon its first token comes, on question sets
 * that need reading across passages.
 *
 *   npm run bench -- blend/quality [--data FILE,FILE] [--model FOLDER] [--policies none,first-k,deviation,query,graph]
 *     [--budgets 1,2,5,10,15,30,100] [--limit 100] [--skip 0] [--codec fp16] [--json FILE] [--plot FILE.svg]
 *
 * Default sets: our own multi-hop questions, bundled with `graphblend eval reader`. Every blended answer is compared with
 * the full prefill's of the same question in the same run; chunks are read from their files each time.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { POLICY_NAMES, type EngineClient, type KvCodecName } from '../../cache/index.ts';
import { withEngine } from '../eval/blend/engine.ts';
import { compare, type Budget, type Compared } from '../eval/blend/measure.ts';
import { summarise, type Summary } from '../eval/blend/summary.ts';
import type { ReaderQuestion } from '../eval/reader/question-file.ts';
import { reportOrigin } from '../report.ts';
import { plot, type PlotLine } from './plot.ts';
import { questionSets } from './question-sets.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    model: { type: 'string' },
    policies: { type: 'string', default: 'none,first-k,deviation,query,graph' },
    budgets: { type: 'string', default: '1,2,5,10,15,30,100' },
    limit: { type: 'string', default: '100' },
    skip: { type: 'string', default: '0' },
    codec: { type: 'string', default: 'fp16' },
    plot: { type: 'string' },
    json: { type: 'string' },
  },
});

interface Row {
  readonly set: string;
  readonly policy: string;
  readonly budget: number;
  readonly summary: Summary;
}

async function main(): Promise<void> {
  const choice = {
    model: values.model,
    codec: values.codec as KvCodecName,
    weights: 'fp32' as const,
  };
  const rows = await withEngine(choice, async (client) => {
    const all: Row[] = [];
    const sets = questionSets(values.data, Number(values.limit), Number(values.skip));
    for (const { name, questions } of sets) all.push(...(await measure(client, name, questions)));
    return all;
  });
  console.table(rows.map(tableRow));
  if (values.plot) writeFileSync(values.plot, plotOf(rows));
  const { json, ...options } = values;
  const report = { ...reportOrigin(0), options, rows };
  if (json) writeFileSync(json, `${JSON.stringify(report, undefined, 1)}\n`);
}

async function measure(
  client: EngineClient,
  set: string,
  questions: readonly ReaderQuestion[],
): Promise<Row[]> {
  const chosen = budgets();
  const compared: Compared[][] = chosen.map(() => []);
  for await (const each of compare(client, questions, chosen)) {
    each.forEach((one, i) => compared[i]!.push(one));
  }
  return chosen.map(({ policy, share }, i) => ({
    set,
    policy,
    budget: share,
    summary: summarise(compared[i]!),
  }));
}

function budgets(): Budget[] {
  const shares = values.budgets.split(',').map((percent) => Number(percent) / 100);
  return POLICY_NAMES.filter((name) => values.policies.split(',').includes(name)).flatMap(
    (policy) => (policy === 'none' ? [0] : shares).map((share) => ({ policy, share })),
  );
}

function tableRow({ set, policy, budget, summary }: Row): Record<string, string | number> {
  const percent = (value: number): number => Number((value * 100).toFixed(1));
  return {
    set,
    policy,
    'budget %': percent(budget),
    n: summary.n,
    'F1 full': percent(summary.fullF1),
    'F1 blended': percent(summary.blendedF1),
    'F1 kept %': percent(summary.keptF1),
    'holds full': percent(summary.fullHolds),
    'holds blended': percent(summary.blendedHolds),
    'same answer %': percent(summary.sameAnswer),
    'agreement %': percent(summary.agreement),
    'ttft ms': Math.round(summary.blendedTtftMs),
    sooner: Number(summary.sooner.toFixed(2)),
  };
}

/** Means over all sets. */
function plotOf(rows: readonly Row[]): string {
  const policies = [...new Set(rows.map(({ policy }) => policy))];
  const mean = (some: readonly Row[], value: (summary: Summary) => number): number =>
    some.reduce((sum, { summary }) => sum + value(summary), 0) / some.length;
  const lines = policies.map((policy): PlotLine => {
    const own = rows.filter((row) => row.policy === policy);
    const shares = [...new Set(own.map(({ budget }) => budget))];
    return {
      name: policy,
      points: shares.map((share) => {
        const some = own.filter(({ budget }) => budget === share);
        return {
          x: mean(some, ({ blendedTtftMs }) => blendedTtftMs),
          y: 100 * mean(some, ({ blendedF1 }) => blendedF1),
          label: `${(share * 100).toFixed(0)}%`,
        };
      }),
    };
  });
  const full = { name: 'full prefill', y: 100 * mean(rows, ({ fullF1 }) => fullF1) };
  const axes = { x: 'time to first token, ms', y: 'F1 of the answers' };
  return plot('Answers by blended prefill', axes, lines, [full]);
}

await main();
