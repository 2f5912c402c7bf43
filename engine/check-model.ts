/**
 * What a person wants to know about a checkpoint before trusting it: how far its weights are from fp32, whether it
 * computes the same in one piece and in many, how fast it is, and whether it fits this machine.
 */
import { freemem } from 'node:os';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CheckpointError } from './errors.ts';
import type { DecoderConfig, DecoderRunner, SequenceKv } from './types.ts';

/** Differences of the logits of a sample from those of another form of the same model. */
export interface LogitDifference {
  readonly tokens: number;
  /** Mean divergence of the next token's distribution, nats. */
  readonly kl: number;
  /** Share of positions whose best token is the same. */
  readonly sameBest: number;
  /** Largest difference of one logit. */
  readonly largest: number;
}

/** Logits behind every token of `ids`, [tokens, vocab]; long inputs go in pieces of `pieceTokens`. */
export function logitsOf(
  runner: DecoderRunner,
  ids: Int32Array,
  pieceTokens: number = ids.length,
): Float32Array {
  const { vocabSize } = runner.config;
  const logits = new Float32Array(ids.length * vocabSize);
  const sequence = runner.newSequence(Math.max(1, ids.length));
  try {
    for (let start = 0; start < ids.length; start += pieceTokens) {
      const end = Math.min(start + pieceTokens, ids.length);
      logits.set(runRows(runner, sequence, ids, start, end, 'all'), start * vocabSize);
    }
    return logits;
  } finally {
    sequence.release();
  }
}

function runRows(
  runner: DecoderRunner,
  sequence: SequenceKv,
  ids: Int32Array,
  start: number,
  end: number,
  logits: 'last' | 'all',
): Float32Array {
  const positions = Int32Array.from({ length: end - start }, (_, i) => start + i);
  const rows = { sequence, tokens: ids.subarray(start, end), positions, logits };
  return runner.step([rows]).logits[0]!;
}

export function compareLogits(
  exact: Float32Array,
  got: Float32Array,
  vocabSize: number,
): LogitDifference {
  const tokens = exact.length / vocabSize;
  let [kl, same, largest] = [0, 0, 0];
  for (let i = 0; i < tokens; i++) {
    const a = exact.subarray(i * vocabSize, (i + 1) * vocabSize);
    const b = got.subarray(i * vocabSize, (i + 1) * vocabSize);
    const [logA, logB] = [logSum(a), logSum(b)];
    let [bestA, bestB] = [0, 0];
    for (let j = 0; j < vocabSize; j++) {
      const logP = a[j]! - logA;
      kl += Math.exp(logP) * (logP - (b[j]! - logB));
      if (a[j]! > a[bestA]!) bestA = j;
      if (b[j]! > b[bestB]!) bestB = j;
      largest = Math.max(largest, Math.abs(a[j]! - b[j]!));
    }
    if (bestA === bestB) same++;
  }
  return { tokens, kl: kl / tokens, sameBest: same / tokens, largest };
}

function logSum(values: Float32Array): number {
  const most = values.reduce((best, value) => Math.max(best, value), Number.NEGATIVE_INFINITY);
  return most + Math.log(values.reduce((sum, value) => sum + Math.exp(value - most), 0));
}

export interface ModelSpeed {
  readonly promptTokens: number;
  /** Tokens of a prompt read, and of an answer written behind it, per second. */
  readonly readPerSecond: number;
  readonly writePerSecond: number;
}

/** Reads a prompt of random tokens and writes some behind it. Blocks for seconds. */
export function measureSpeed(runner: DecoderRunner): ModelSpeed {
  const { vocabSize, maxPositions } = runner.config;
  const written = 16;
  const length = Math.min(512, maxPositions - written);
  const ids = Int32Array.from({ length: length + written }, (_, i) => (i * 7919) % vocabSize);
  const sequence = runner.newSequence(ids.length);
  try {
    runRows(runner, sequence, ids, 0, Math.min(32, length), 'last'); // the first run sets up buffers
    const readMs = timed(() => runRows(runner, sequence, ids, 0, length, 'last'));
    const writeMs = timed(() => {
      for (let at = length; at < ids.length; at++)
        runRows(runner, sequence, ids, at, at + 1, 'last');
    });
    const perSecond = (tokens: number, ms: number) => (1000 * tokens) / ms;
    return {
      promptTokens: length,
      readPerSecond: perSecond(length, readMs),
      writePerSecond: perSecond(written, writeMs),
    };
  } finally {
    sequence.release();
  }
}

function timed(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

export interface ModelFit {
  /** Resident memory of this process with the model loaded, and what is free beside it. */
  readonly residentBytes: number;
  readonly freeBytes: number;
  /** Keys and values of a sequence of 4,096 tokens (or the longest), fp32 as the engine holds them. */
  readonly sequenceBytes: number;
}

export function measureFit({ layers, kvHeads, headDim, maxPositions }: DecoderConfig): ModelFit {
  const tokens = Math.min(4096, maxPositions);
  return {
    residentBytes: process.memoryUsage.rss(),
    freeBytes: freemem(),
    sequenceBytes: tokens * layers * kvHeads * headDim * 2 * 4,
  };
}

export type ModelPurpose = 'decoder' | 'embedder' | 'cross-encoder';

/** What a folder's config.json says it is for. Throws `CheckpointError`. */
export function purposeOf(folder: string): {
  readonly purpose: ModelPurpose;
  readonly type: string;
} {
  const path = join(folder, 'config.json');
  let config: { model_type?: unknown; architectures?: unknown };
  try {
    config = JSON.parse(readFileSync(path, 'utf8')) as typeof config;
  } catch (cause) {
    throw new CheckpointError(path, 'cannot be read', { cause });
  }
  const architecture = JSON.stringify(config.architectures ?? '');
  const type = typeof config.model_type === 'string' ? config.model_type : 'unknown';
  if (architecture.includes('ForCausalLM')) return { purpose: 'decoder', type };
  return {
    purpose: architecture.includes('SequenceClassification') ? 'cross-encoder' : 'embedder',
    type,
  };
}
