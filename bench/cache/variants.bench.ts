/**
 * What storing chunks behind another chunk gains: how near blended answers come to a full read, with plain KV and with
 * KV computed behind the passage before, and behind the passage that shares most words with it (the graph's neighbour).
 *
 *   npm run bench -- cache/variants --data FILE [--model FOLDER] [--limit 40] [--passages 8] [--tokens 160] [--json FILE]
 *
 * Of each passage its first tokens are used. The divergence is of the first token, KL(full || blended) in nats, mean over the questions with its standard error;
 * `gain` is what a variant saves against plain KV at the same budget, and per megabyte of variants stored for it. Every
 * chunk text begins with its headings already, so that a variant behind the heading would be the plain chunk.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { blend, type BlendBudget } from '../../cache/blender.ts';
import { computeChunks, computePrefix, encodeKv, type RawKv } from '../../cache/chunk-encoder.ts';
import { encodedBytes, layersOf, type EncodedKv } from '../../cache/chunk-kv.ts';
import { kvCodec } from '../../cache/codecs/index.ts';
import { argmax, divergence } from '../../cache/fidelity/distance.ts';
import { focusOfTokens, TokenSpans } from '../../cache/focus.ts';
import { promptTemplate } from '../../cache/prompt.ts';
import { planPrompt, type PromptPlan } from '../../cache/prompt-plan.ts';
import { behindTokens, rowsFrom } from '../../cache/variants/behind.ts';
import { directStepper, loadDecoder, loadTokenizer } from '../../engine/index.ts';
import { passageFocus } from '../eval/blend/passage-focus.ts';
import { readReaderSet, type ReaderQuestion } from '../eval/reader/question-file.ts';
import { reportOrigin } from '../report.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    model: { type: 'string', default: join(import.meta.dirname, '..', '..', 'models', 'reader') },
    limit: { type: 'string', default: '40' },
    passages: { type: 'string', default: '8' },
    tokens: { type: 'string', default: '160' },
    json: { type: 'string' },
  },
});

const BUDGETS: readonly BlendBudget[] = [
  { policy: 'none', share: 0 },
  { policy: 'graph', share: 0.05 },
  { policy: 'graph', share: 0.15 },
];
const VARIANTS = ['plain', 'previous', 'neighbour'] as const;
type Variant = (typeof VARIANTS)[number];

interface Row {
  readonly budget: string;
  readonly variant: Variant;
  readonly kl: number[];
  same: number;
  bytes: number;
}

const codec = kvCodec('fp16');
const cacheDir = mkdtempSync(join(tmpdir(), 'graphblend-variants-'));
const runner = loadDecoder({ folder: values.model, cacheDir, weights: 'fp32', threads: 1 });
const tokenizer = loadTokenizer(values.model);
const template = promptTemplate(tokenizer);
const prefix = computePrefix(runner, template.prefixIds);
const spans = new TokenSpans(tokenizer);

async function main(): Promise<void> {
  if (!values.data)
    throw new Error('Give --data FILE, a question set such as blend-musique/dev.json');
  const rows: Row[] = BUDGETS.flatMap(({ policy, share }) =>
    VARIANTS.map((variant) => ({
      budget: `${policy} ${share * 100}%`,
      variant,
      kl: [],
      same: 0,
      bytes: 0,
    })),
  );
  const questions = readReaderSet(values.data).slice(0, Number(values.limit));
  for (const question of questions) await measure(question, rows);
  const shown = rows.map((row) => summary(row, rows));
  console.table(shown);
  if (values.json) {
    const { json, ...options } = values;
    const report = { ...reportOrigin(0), options, questions: questions.length, rows: shown };
    writeFileSync(json, `${JSON.stringify(report, undefined, 1)}\n`);
  }
}

async function measure(question: ReaderQuestion, rows: readonly Row[]): Promise<void> {
  const plan = planOf(question);
  const full = await logitsOf(plan, { policy: 'full', share: 1 }, new Map());
  for (const variant of VARIANTS) {
    const stored = new Map(plan.chunks.map(({ key }, i) => [key, kvOf(plan, i, variant)]));
    const bytes = plan.chunks
      .filter((_, i) => contextOf(plan, i, variant) !== undefined)
      .reduce((sum, { key }) => sum + encodedBytes(stored.get(key)!), 0);
    for (const budget of BUDGETS) {
      const logits = await logitsOf(plan, budget, stored);
      const name = `${budget.policy} ${budget.share * 100}%`;
      const row = rows.find((each) => each.variant === variant && each.budget === name)!;
      row.kl.push(divergence(full, logits));
      row.same += Number(argmax(full) === argmax(logits));
      row.bytes += bytes;
    }
  }
}

function planOf({ question, passages }: ReaderQuestion): PromptPlan {
  const used = passages.slice(0, Number(values.passages));
  const focus = passageFocus(question, used);
  const chunks = used.map((passage, i) => {
    const ids = Int32Array.from(tokenizer.encode(`${passage}\n\n`)).slice(0, Number(values.tokens));
    return { id: `${i}`, key: `${i}`, ids, focus: focusOfTokens(spans, ids, focus[i]!) };
  });
  return planPrompt(template.prefixIds, chunks, template.suffixIds(question));
}

function kvOf(plan: PromptPlan, i: number, variant: Variant): EncodedKv {
  const { ids } = plan.chunks[i]!;
  const context = contextOf(plan, i, variant);
  const together = context ? behindTokens(context, ids) : ids;
  const raw: RawKv = computeChunks(runner, prefix, [together])[0]!;
  return encodeKv(runner, context ? rowsFrom(runner, raw, context.length) : raw, codec)!;
}

/** Of the chunks in front of it. */
function contextOf({ chunks }: PromptPlan, i: number, variant: Variant): Int32Array | undefined {
  if (i === 0 || variant === 'plain') return undefined;
  const own = new Set(chunks[i]!.ids);
  const before = chunks.slice(0, i);
  if (variant === 'previous') return before.at(-1)!.ids;
  const frequency = new Map<number, number>();
  for (const { ids } of chunks) {
    for (const id of new Set(ids)) frequency.set(id, (frequency.get(id) ?? 0) + 1);
  }
  const weight = (ids: Int32Array): number =>
    [...new Set(ids)]
      .filter((id) => own.has(id))
      .reduce((sum, id) => sum + Math.log(chunks.length / frequency.get(id)!), 0);
  return before.toSorted((a, b) => weight(b.ids) - weight(a.ids))[0]!.ids;
}

async function logitsOf(
  plan: PromptPlan,
  budget: BlendBudget,
  stored: ReadonlyMap<string, EncodedKv>,
): Promise<Float32Array> {
  const sequence = runner.newSequence(plan.length);
  try {
    const { logits } = await blend(sequence, {
      runner,
      codec,
      prefix,
      plan,
      budget,
      source: { open: (key) => layersOf(stored.get(key)!) },
      step: directStepper(runner),
      turn: async (slice) => slice(),
      lap: () => undefined,
      isCancelled: () => false,
    });
    return logits;
  } finally {
    sequence.release();
  }
}

function summary(row: Row, rows: readonly Row[]) {
  const plain = rows.find((each) => each.budget === row.budget && each.variant === 'plain')!;
  const saved = plain.kl.map((kl, i) => kl - row.kl[i]!);
  const megabytes = row.bytes / 2 ** 20;
  const rounded = (value: number): number => Math.round(value * 1e4) / 1e4;
  return {
    budget: row.budget,
    variant: row.variant,
    'KL nats': rounded(mean(row.kl)),
    gain: rounded(mean(saved)),
    'gain +-': rounded(standardError(saved)),
    'gain per MB': megabytes > 0 ? rounded(saved.reduce((a, b) => a + b, 0) / megabytes) : 0,
    'same first token %': rounded((100 * row.same) / row.kl.length),
  };
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0) / Math.max(1, numbers.length);
}

function standardError(numbers: readonly number[]): number {
  const centre = mean(numbers);
  return Math.sqrt(mean(numbers.map((each) => (each - centre) ** 2)) / Math.max(1, numbers.length));
}

try {
  await main();
} finally {
  runner.close();
  rmSync(cacheDir, { recursive: true, force: true });
}
