/**
 * Time to first token of blended prefill beside the model's own full prefill, and how far the result is from it:
 * every policy at every budget, all in one process, a full prefill in every round.
 *
 *   npm run bench -- blend/ttft [--model FOLDER | --shape qwen2.5-0.5b] [--chunks 8] [--tokens 150]
 *     [--policies none,first-k,deviation,query,graph] [--budgets 1,5,15,30,100] [--rounds 3] [--answer 16]
 *     [--weights int8-row] [--codec fp16] [--threads 2] [--question 64] [--seed 1] [--llama FOLDER] [--json FILE]
 *
 * Budgets are percents of the cached tokens that need mending. Chunks are read from their files in every run, files
 * in the system's page cache. Distances: largest logit difference, and KL(full || blended) in nats, both at the
 * first token; `agree` is the share of greedy answer tokens before the first difference. With --shape and --llama (where
 * node-llama-cpp is installed, see llama-peer.ts) each round ends with llama.cpp's full prefill of as many tokens.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { BlendBudget } from '../../cache/blender.ts';
import type { KvCodecName } from '../../cache/codecs/index.ts';
import { POLICY_NAMES, type PolicyName } from '../../cache/index.ts';
import { threadCount } from '../../cache/thread-count.ts';
import { loadDecoder, type WeightKind } from '../../engine/index.ts';
import { qwen05b, writeRandomCheckpoint } from '../engine/random-checkpoint.ts';
import { reportOrigin } from '../report.ts';
import { openLlama, type Peer } from './llama-peer.ts';
import { makeScene, type BlendRun, type BlendTimes, type Scene } from './scene.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: join(import.meta.dirname, '..', '..', 'models', 'reader') },
    shape: { type: 'string' },
    chunks: { type: 'string', default: '8' },
    tokens: { type: 'string', default: '150' },
    question: { type: 'string', default: '64' },
    policies: { type: 'string', default: 'none,first-k,deviation,query,graph' },
    budgets: { type: 'string', default: '1,5,15,30,100' },
    rounds: { type: 'string', default: '3' },
    answer: { type: 'string', default: '16' },
    weights: { type: 'string', default: 'int8-row' },
    codec: { type: 'string', default: 'fp16' },
    threads: { type: 'string', default: '2' },
    seed: { type: 'string', default: '1' },
    llama: { type: 'string' },
    json: { type: 'string' },
  },
});

interface Row {
  readonly policy: PolicyName;
  readonly budget: string;
  readonly recomputed: number;
  readonly loadMs: number;
  readonly selectMs: number;
  readonly recomputeMs: number;
  readonly ttftMs: number;
  /** Full prefill's time over this one's, medians of the same rounds. */
  readonly sooner: number;
  /** The same of llama.cpp's full prefill. */
  readonly soonerThanLlama?: number;
  readonly maxLogit: number;
  readonly kl: number;
  readonly agree: number;
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'graphblend-bench-'));
  try {
    const rows = await measure(folder, modelIn(folder));
    console.table(rows);
    const { json, ...options } = values;
    const report = { ...reportOrigin(Number(values.seed)), options, rows };
    if (json) writeFileSync(json, `${JSON.stringify(report, undefined, 2)}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function modelIn(folder: string): string {
  if (values.shape === undefined) return values.model;
  if (values.shape !== 'qwen2.5-0.5b') throw new Error(`there is no shape "${values.shape}"`);
  writeRandomCheckpoint(join(folder, 'model'), qwen05b, Number(values.seed));
  return join(folder, 'model');
}

async function measure(folder: string, model: string): Promise<Row[]> {
  const threads = threadCount(model, Number(values.threads));
  const runner = loadDecoder({
    folder: model,
    cacheDir: join(folder, 'compiled'),
    weights: values.weights as WeightKind,
    threads,
  });
  const scene = makeScene({
    runner,
    modelFolder: model,
    kvFolder: join(folder, 'kv'),
    codec: values.codec as KvCodecName,
    chunks: Number(values.chunks),
    tokensPerChunk: Number(values.tokens),
    questionTokens: Number(values.question),
    seed: Number(values.seed),
  });
  const { plan } = scene;
  console.log(
    `${model}: ${plan.length} tokens, ${plan.suffixIds.length} of them the question; ${threads} threads`,
  );
  const llama = await peerIn(folder, plan.length);
  const { measured, llamaMs } = await runRounds(scene, llama);
  runner.close();
  await llama?.close();
  const full = measured.find(({ budget }) => budget.policy === 'full')!;
  const peerMs = median(llamaMs);
  if (llama) console.log(`llama.cpp Q8_0, flash attention: full prefill ${peerMs.toFixed(0)} ms`);
  return measured.map((each) => rowOf(each, full, peerMs));
}

interface Measured {
  readonly budget: BlendBudget;
  /** One a round, without the first, which warms up. */
  readonly runs: BlendRun[];
}

function peerIn(folder: string, tokens: number): Promise<Peer | undefined> | undefined {
  if (values.llama === undefined || values.shape === undefined) return undefined;
  return openLlama({
    folder: values.llama,
    shape: qwen05b,
    threads: Number(values.threads),
    contextTokens: tokens + 64,
    scratch: folder,
  });
}

async function runRounds(
  scene: Scene,
  llama: Peer | undefined,
): Promise<{ measured: Measured[]; llamaMs: number[] }> {
  const llamaMs: number[] = [];
  const measured = budgets().map((budget): Measured => ({ budget, runs: [] }));
  for (let round = 0; round <= Number(values.rounds); round++) {
    for (const { budget, runs } of measured) {
      const run = await scene.run(budget, Number(values.answer));
      if (round > 0) runs.push(run);
    }
    const ms = await llama?.prefill(scene.plan.length);
    if (round > 0 && ms !== undefined) llamaMs.push(ms);
  }
  return { measured, llamaMs };
}

/** A full prefill, then every policy with every budget; `none` has no use for a budget. */
function budgets(): BlendBudget[] {
  const chosen = POLICY_NAMES.filter((name) => values.policies.split(',').includes(name));
  const shares = values.budgets.split(',').map((percent) => Number(percent) / 100);
  return [
    { policy: 'full', share: 1 },
    ...chosen
      .filter((policy) => policy !== 'full')
      .flatMap((policy) => (policy === 'none' ? [0] : shares).map((share) => ({ policy, share }))),
  ];
}

/** @param llamaMs NaN if it was not measured */
function rowOf({ budget, runs }: Measured, full: Measured, llamaMs: number): Row {
  const { logits, tokens, recomputed } = runs[0]!;
  const reference = full.runs[0]!;
  const ttft = medianOf(runs, 'ttft');
  return {
    policy: budget.policy,
    budget: `${Math.round(budget.share * 100)}%`,
    recomputed,
    loadMs: rounded(medianOf(runs, 'load'), 1),
    selectMs: rounded(medianOf(runs, 'selection'), 1),
    recomputeMs: rounded(medianOf(runs, 'recompute'), 1),
    ttftMs: rounded(ttft, 1),
    sooner: rounded(medianOf(full.runs, 'ttft') / ttft, 2),
    ...(llamaMs > 0 && { soonerThanLlama: rounded(llamaMs / ttft, 1) }),
    maxLogit: rounded(maxDifference(logits, reference.logits), 4),
    kl: rounded(divergence(reference.logits, logits), 5),
    agree: rounded(agreement(tokens, reference.tokens), 2),
  };
}

function medianOf(runs: readonly BlendRun[], part: keyof BlendTimes): number {
  return median(runs.map((run) => run.times[part]));
}

/** NaN for none. */
function median(ms: readonly number[]): number {
  return ms.toSorted((a, b) => a - b)[ms.length >> 1] ?? Number.NaN;
}

function maxDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

/** KL(softmax(p) || softmax(q)), in nats. */
function divergence(p: Float32Array, q: Float32Array): number {
  const [logP, logQ] = [logSoftmax(p), logSoftmax(q)];
  return logP.reduce((sum, value, i) => sum + Math.exp(value) * (value - logQ[i]!), 0);
}

function logSoftmax(logits: Float32Array): Float64Array {
  const most = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const sum = logits.reduce((total, value) => total + Math.exp(value - most), 0);
  return Float64Array.from(logits, (value) => value - most - Math.log(sum));
}

function agreement(tokens: readonly number[], reference: readonly number[]): number {
  const first = tokens.findIndex((token, i) => token !== reference[i]);
  return (first < 0 ? tokens.length : first) / tokens.length;
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

await main();
