/**
 * Every codec for stored KV: bytes a token, speed, and what it costs in answers.
 *
 *   npm run bench -- cache/codecs [--data FILE] [--model FOLDER] [--limit 60] [--policy graph] [--budget 15] [--json FILE]
 *
 * Speeds are of fp32 numbers in and out, on KV of the model in use, one thread. Answers are those of blended prompts over
 * a question set, beside a full prefill of the same questions; without a set only sizes and speeds are measured.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { computeChunks, computePrefix, type RawKv } from '../../cache/chunk-encoder.ts';
import { kvCodec, KV_CODECS, type KvCodecName } from '../../cache/codecs/index.ts';
import type { PolicyName } from '../../cache/index.ts';
import { promptTemplate } from '../../cache/prompt.ts';
import { loadDecoder, loadTokenizer } from '../../engine/index.ts';
import { withEngine } from '../eval/blend/engine.ts';
import { compare, type Compared } from '../eval/blend/measure.ts';
import { summarise, type Summary } from '../eval/blend/summary.ts';
import { readReaderSet } from '../eval/reader/question-file.ts';
import { reportOrigin } from '../report.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    model: { type: 'string', default: join(import.meta.dirname, '..', '..', 'models', 'reader') },
    limit: { type: 'string', default: '60' },
    policy: { type: 'string', default: 'graph' },
    budget: { type: 'string', default: '15' },
    json: { type: 'string' },
  },
});

/** Layers, heads and head size of Qwen2.5-0.5B. */
const HALF_BILLION = { layers: 24, kvHeads: 2, headDim: 64, tokens: 256 };
const ROUNDS = 9;

interface Speed {
  readonly bytesPerToken: number;
  readonly ofFp32: number;
  readonly halfBillionBytesPerToken: number;
  readonly encodeGbPerS: number;
  readonly decodeGbPerS: number;
  /** Root mean square error of keys and of values, over that of the numbers themselves. */
  readonly keyError: number;
  readonly valueError: number;
}

async function main(): Promise<void> {
  const raw = modelKv();
  const rows: ({ codec: KvCodecName } & Speed & { summary?: Summary })[] = [];
  for (const codec of KV_CODECS) {
    const summary = values.data ? await answers(codec, values.data) : undefined;
    rows.push({ codec, ...speed(codec, raw), ...(summary && { summary }) });
    console.log(`${codec} done`);
  }
  const best = rows[0]!.summary;
  console.table(
    rows.map(({ codec, summary, ...each }) => ({
      codec,
      ...Object.fromEntries(Object.entries(each).map(([name, value]) => [name, rounded(value)])),
      ...(summary && {
        'F1 full': rounded(summary.fullF1 * 100),
        'F1 blended': rounded(summary.blendedF1 * 100),
        'against fp32': rounded((summary.blendedF1 / best!.blendedF1 - 1) * 100),
        'agreement %': rounded(summary.agreement * 100),
      }),
    })),
  );
  const { json, ...options } = values;
  if (json) {
    writeFileSync(json, `${JSON.stringify({ ...reportOrigin(0), options, rows }, undefined, 1)}\n`);
  }
}

/** KV of a chunk of 256 tokens of real text. */
function modelKv(): { raw: RawKv; kvHeads: number; headDim: number } {
  const cacheDir = mkdtempSync(join(tmpdir(), 'graphblend-codecs-'));
  try {
    const runner = loadDecoder({ folder: values.model, cacheDir, weights: 'fp32', threads: 1 });
    const tokenizer = loadTokenizer(values.model);
    const text = 'Colin Archer of Larvik built the Fram for Fridtjof Nansen in 1892. '.repeat(40);
    const ids = Int32Array.from(tokenizer.encode(text)).subarray(0, 256);
    const prefix = computePrefix(runner, promptTemplate(tokenizer).prefixIds);
    const [raw] = computeChunks(runner, prefix, [ids]);
    const { kvHeads, headDim } = runner.config;
    runner.close();
    return { raw: raw!, kvHeads, headDim };
  } finally {
    rmSync(cacheDir, { recursive: true, force: true });
  }
}

function speed(name: KvCodecName, { raw, kvHeads, headDim }: ReturnType<typeof modelKv>): Speed {
  const { layer, keep } = kvCodec(name);
  const shape = { layers: raw.keys.length, kvHeads, headDim, tokens: raw.count };
  const [keys, values_] = [
    new Float32Array(raw.keys[0]!.length),
    new Float32Array(raw.keys[0]!.length),
  ];
  const perLayer = keys.byteLength * 2;
  const encodeMs: number[] = [];
  const decodeMs: number[] = [];
  let [keyError, valueError] = [0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    raw.keys.forEach((k, l) => {
      const began = performance.now();
      const bytes = layer.encode(k, raw.values[l]!, shape)!;
      const encoded = performance.now();
      layer.decode(bytes, shape, keys, values_);
      decodeMs.push(performance.now() - encoded);
      encodeMs.push(encoded - began);
      if (round > 0) return;
      keyError += relativeError(k, keys) / raw.keys.length;
      valueError += relativeError(raw.values[l]!, values_) / raw.keys.length;
    });
  }
  const bytesOf = (s: typeof shape): number =>
    (layer.bytes({ ...s, tokens: Math.ceil(s.tokens * keep) }) * s.layers) / s.tokens;
  const perSecond = (ms: number[]): number =>
    perLayer / 1e6 / ms.toSorted((a, b) => a - b)[ms.length >> 1]!;
  return {
    bytesPerToken: bytesOf(shape),
    ofFp32: bytesOf(shape) / (shape.layers * kvHeads * headDim * 8),
    halfBillionBytesPerToken: bytesOf(HALF_BILLION),
    encodeGbPerS: perSecond(encodeMs),
    decodeGbPerS: perSecond(decodeMs),
    keyError,
    valueError,
  };
}

function relativeError(a: Float32Array, b: Float32Array): number {
  let [error, power] = [0, 0];
  a.forEach((x, i) => {
    error += (x - b[i]!) ** 2;
    power += x * x;
  });
  return Math.sqrt(error / power);
}

async function answers(codec: KvCodecName, data: string): Promise<Summary> {
  const questions = readReaderSet(data)
    .filter((question) => question.answers.length > 0)
    .slice(0, Number(values.limit));
  const budget = { policy: values.policy as PolicyName, share: Number(values.budget) / 100 };
  return withEngine({ model: values.model, codec, weights: 'fp32' }, async (client) => {
    const all: Compared[] = [];
    for await (const [one] of compare(client, questions, [budget])) all.push(one!);
    return summarise(all);
  });
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

await main();
