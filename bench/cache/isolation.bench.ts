/**
 * Can a workspace tell by the clock what another one has cached? A probe asks about chunks that it cached itself, that
 * another workspace cached, and that nobody cached, in turn, and tries to tell them apart by the time to the first token.
 *
 *   npm run bench -- cache/isolation [--rounds 60] [--tokens 200] [--json FILE]
 *
 * `told apart` is the chance that the probe orders a pair of times rightly: 0.5 is guessing, 1 is certainty. The probe must
 * find its own hits, or it could find nothing.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { EngineClient } from '../../cache/index.ts';
import { withEngine } from '../eval/blend/engine.ts';
import { reportOrigin } from '../report.ts';
import { seededRandom } from './traces.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '60' },
    tokens: { type: 'string', default: '200' },
    json: { type: 'string' },
  },
});

const PROBE = '11'.repeat(32);
const VICTIM = '22'.repeat(32);
const KINDS = ['own', 'others', 'nobody'] as const;
type Kind = (typeof KINDS)[number];
const OWNER: Readonly<Record<Kind, string | undefined>> = {
  own: PROBE,
  others: VICTIM,
  nobody: undefined,
};

async function main(): Promise<void> {
  const times = await withEngine({ codec: 'fp16', weights: 'fp32' }, probe);
  const rows = KINDS.map((kind) => ({
    'cached by': kind,
    'median ms': Number(median(times[kind]).toFixed(2)),
    'told apart from nobody': Number(toldApart(times[kind], times.nobody).toFixed(3)),
  }));
  console.table(rows);
  const { json, ...options } = values;
  if (json)
    writeFileSync(json, `${JSON.stringify({ ...reportOrigin(1), options, rows }, undefined, 1)}\n`);
}

async function probe(client: EngineClient): Promise<Record<Kind, number[]>> {
  const random = seededRandom(1);
  const times: Record<Kind, number[]> = { own: [], others: [], nobody: [] };
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const kind of KINDS) {
      const ids = Int32Array.from(
        { length: Number(values.tokens) },
        () => 10 + Math.floor(random() * 8000),
      );
      const chunks = [{ id: `${round} ${kind}`, ids, focus: [] }];
      const owner = OWNER[kind];
      if (owner) await client.precompute({ workspaceSalt: owner, chunks });
      const began = performance.now();
      await client.generate({
        workspaceSalt: PROBE,
        chunks,
        question: 'What does it say?',
        mode: 'fast',
        maxTokens: 1,
      });
      times[kind].push(performance.now() - began);
    }
  }
  return times;
}

/** Area under the ROC curve: the chance that a time of `a` is shorter than one of `b`. */
function toldApart(a: readonly number[], b: readonly number[]): number {
  let wins = 0;
  for (const x of a) for (const y of b) wins += x < y ? 1 : x === y ? 0.5 : 0;
  return wins / (a.length * b.length);
}

function median(values_: readonly number[]): number {
  return values_.toSorted((a, b) => a - b)[values_.length >> 1]!;
}

await main();
