/**
 * How far blended prompts are from a full prefill, by policy and budget: a finer measure than the F1 of answers, as every
 * token of every answer counts.
 *
 *   npm run bench -- blend/fidelity [--data FILE,FILE] [--model FOLDER] [--policies none,first-k,deviation,query,graph]
 *     [--budgets 1,2,5,10,15,30] [--limit 40] [--skip 0] [--passage-tokens 1000000] [--weights fp32] [--json FILE]
 *
 * The full prefill answers greedily. Behind each blended prompt the same answer is read: KL is the mean divergence of its
 * next-token distributions from the full prefill's in nats, `first` that of the first token, `same` the share of tokens
 * that both choose.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { blend, type BlendBudget } from '../../cache/blender.ts';
import { computeChunks, computePrefix, encodeKv, type RawKv } from '../../cache/chunk-encoder.ts';
import { layersOf, type LayeredKv } from '../../cache/chunk-kv.ts';
import { kvCodec } from '../../cache/codecs/index.ts';
import { divergence } from '../../cache/fidelity/distance.ts';
import { focusOfTokens, TokenSpans } from '../../cache/focus.ts';
import { POLICY_NAMES } from '../../cache/index.ts';
import { promptTemplate, type PromptTemplate } from '../../cache/prompt.ts';
import { planPrompt, type PromptPlan } from '../../cache/prompt-plan.ts';
import { threadCount } from '../../cache/thread-count.ts';
import {
  directStepper,
  loadDecoder,
  loadTokenizer,
  type DecoderRunner,
  type SequenceKv,
  type Tokenizer,
  type WeightKind,
} from '../../engine/index.ts';
import { passageFocus } from '../eval/blend/passage-focus.ts';
import type { ReaderQuestion } from '../eval/reader/question-file.ts';
import { reportOrigin } from '../report.ts';
import { questionSets } from './question-sets.ts';
import { argmax } from './scene.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    model: { type: 'string', default: join(import.meta.dirname, '..', '..', 'models', 'reader') },
    policies: { type: 'string', default: 'none,first-k,deviation,query,graph' },
    budgets: { type: 'string', default: '1,2,5,10,15,30' },
    limit: { type: 'string', default: '40' },
    skip: { type: 'string', default: '0' },
    'passage-tokens': { type: 'string', default: '1000000' },
    weights: { type: 'string', default: 'fp32' },
    json: { type: 'string' },
  },
});

const MAX_ANSWER = 16;
const codec = kvCodec('fp16');

interface Reader {
  readonly runner: DecoderRunner;
  readonly tokenizer: Tokenizer;
  readonly template: PromptTemplate;
  readonly prefix: RawKv;
  readonly spans: TokenSpans;
}

interface Distance {
  readonly kl: number;
  readonly first: number;
  readonly same: number;
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'graphblend-bench-'));
  try {
    const reader = open(folder);
    const sets = questionSets(values.data, Number(values.limit), Number(values.skip));
    const rows = [];
    for (const { name, questions } of sets) rows.push(...(await measure(reader, name, questions)));
    console.table(rows);
    const { json, ...options } = values;
    const report = { ...reportOrigin(0), options, rows };
    if (json) writeFileSync(json, `${JSON.stringify(report, undefined, 1)}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function open(folder: string): Reader {
  const { model } = values;
  const runner = loadDecoder({
    folder: model,
    cacheDir: join(folder, 'compiled'),
    weights: values.weights as WeightKind,
    threads: threadCount(model, 2),
  });
  const tokenizer = loadTokenizer(model);
  const template = promptTemplate(tokenizer);
  const prefix = computePrefix(runner, template.prefixIds);
  return { runner, tokenizer, template, prefix, spans: new TokenSpans(tokenizer) };
}

function budgets(): BlendBudget[] {
  const shares = values.budgets.split(',').map((percent) => Number(percent) / 100);
  return POLICY_NAMES.filter((name) => values.policies.split(',').includes(name)).flatMap(
    (policy) => (policy === 'none' ? [0] : shares).map((share) => ({ policy, share })),
  );
}

async function measure(reader: Reader, set: string, questions: readonly ReaderQuestion[]) {
  const measured = budgets().map((budget) => ({ budget, distances: [] as Distance[] }));
  for (const question of questions) {
    const plan = planOf(reader, question);
    if (plan.length + MAX_ANSWER > reader.runner.config.maxPositions) continue;
    const kv = chunkKv(reader, plan);
    const { answer, logits } = await fullAnswer(reader, plan);
    for (const { budget, distances } of measured) {
      const own = await behindBlended(reader, plan, kv, { budget, answer });
      distances.push(distanceOf(logits, own, answer));
    }
  }
  return measured.map(({ budget, distances }) => rowOf(set, budget, distances));
}

function planOf(reader: Reader, { question, passages }: ReaderQuestion): PromptPlan {
  const { tokenizer, template, spans } = reader;
  const focus = passageFocus(question, passages);
  const chunks = passages.map((passage, i) => {
    const all = tokenizer.encode(`${passage}\n\n`);
    const ids = Int32Array.from(all.slice(0, Number(values['passage-tokens'])));
    return { id: `${i}`, key: `${i}`, ids, focus: focusOfTokens(spans, ids, focus[i]!) };
  });
  return planPrompt(template.prefixIds, chunks, template.suffixIds(question));
}

function chunkKv({ runner, prefix }: Reader, plan: PromptPlan): Map<string, LayeredKv> {
  const raw = computeChunks(
    runner,
    prefix,
    plan.chunks.map(({ ids }) => ids),
  );
  return new Map(
    plan.chunks.map(({ key }, i) => [key, layersOf(encodeKv(runner, raw[i]!, codec)!)]),
  );
}

/** Greedy, with the logits that chose each token. */
async function fullAnswer(
  reader: Reader,
  plan: PromptPlan,
): Promise<{ answer: number[]; logits: Float32Array[] }> {
  const { runner } = reader;
  const sequence = runner.newSequence(plan.length + MAX_ANSWER);
  try {
    const budget = { policy: 'full', share: 1 } as const;
    let next = await blended(reader, sequence, plan, new Map(), budget);
    const [answer, logits]: [number[], Float32Array[]] = [[], []];
    for (;;) {
      logits.push(next);
      answer.push(argmax(next));
      const isLast = runner.config.eosIds.includes(answer.at(-1)!);
      if (isLast || answer.length === MAX_ANSWER) return { answer, logits };
      [next] = read(runner, sequence, plan.length + answer.length - 1, answer.slice(-1)) as [
        Float32Array,
      ];
    }
  } finally {
    sequence.release();
  }
}

/** Logits that would choose each token of `answer`. */
async function behindBlended(
  reader: Reader,
  plan: PromptPlan,
  kv: ReadonlyMap<string, LayeredKv>,
  { budget, answer }: { budget: BlendBudget; answer: readonly number[] },
): Promise<Float32Array[]> {
  const sequence = reader.runner.newSequence(plan.length + MAX_ANSWER);
  try {
    const first = await blended(reader, sequence, plan, kv, budget);
    const rest =
      answer.length > 1 ? read(reader.runner, sequence, plan.length, answer.slice(0, -1)) : [];
    return [first, ...rest];
  } finally {
    sequence.release();
  }
}

async function blended(
  { runner, prefix }: Reader,
  sequence: SequenceKv,
  plan: PromptPlan,
  kv: ReadonlyMap<string, LayeredKv>,
  budget: BlendBudget,
): Promise<Float32Array> {
  const { logits } = await blend(sequence, {
    runner,
    codec,
    prefix,
    plan,
    budget,
    source: { open: (key) => kv.get(key) },
    step: directStepper(runner),
    turn: async (slice) => slice(),
    lap: () => undefined,
    isCancelled: () => false,
  });
  return logits;
}

/** Logits behind each of `tokens`, which stand from `position` on. */
function read(
  runner: DecoderRunner,
  sequence: SequenceKv,
  position: number,
  tokens: readonly number[],
): Float32Array[] {
  const positions = Int32Array.from(tokens, (_, i) => position + i);
  const rows = { sequence, tokens: Int32Array.from(tokens), positions, logits: 'all' as const };
  const [all] = runner.step([rows]).logits;
  const width = runner.config.vocabSize;
  return tokens.map((_, i) => all!.subarray(i * width, (i + 1) * width));
}

function distanceOf(
  full: readonly Float32Array[],
  own: readonly Float32Array[],
  answer: readonly number[],
): Distance {
  const apart = full.map((logits, i) => divergence(logits, own[i]!));
  const same = answer.filter((id, i) => argmax(own[i]!) === id).length;
  return { kl: mean(apart), first: apart[0]!, same: same / answer.length };
}

function rowOf(set: string, { policy, share }: BlendBudget, distances: readonly Distance[]) {
  const rounded = (value: number): number => Number(value.toFixed(4));
  return {
    set,
    policy,
    'budget %': Math.round(share * 100),
    n: distances.length,
    KL: rounded(mean(distances.map(({ kl }) => kl))),
    'KL first': rounded(mean(distances.map(({ first }) => first))),
    'same %': Number((100 * mean(distances.map(({ same }) => same))).toFixed(1)),
  };
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0) / Math.max(1, numbers.length);
}

await main();
