import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { toFloat32 } from '../../../engine/checkpoint/floats.ts';
import { openSafetensors } from '../../../engine/checkpoint/safetensors.ts';
import { loadDecoder } from '../../../engine/index.ts';
import type { DecoderRunner, SequenceKv, WeightKind } from '../../../engine/types.ts';

export const decoderFixtures = [
  'llama-gqa',
  'llama-tied-sharded',
  'llama-biased-mqa',
  'qwen2',
  'mistral',
];

/** One for each special part of a family; made by test/reference/make_family_goldens.py. */
export const familyFixtures = [
  'gemma2',
  'gemma3',
  'llama-linear',
  'llama-outliers',
  'llama-yarn',
  'llama3-rope',
  'mistral-window',
  'phi3',
  'phi3-longrope',
  'qwen2-window',
  'qwen2-yarn',
  'qwen3',
  'smollm3',
  'smollm3-window',
];

export function fixture(name: string): string {
  return join(import.meta.dirname, '..', 'fixtures', name);
}

export function readFixtureJson<T>(name: string, file: string): T {
  return JSON.parse(readFileSync(join(fixture(name), file), 'utf8')) as T;
}

export interface DecoderGolden {
  readonly short: readonly number[];
  readonly long: readonly number[];
  readonly greedy: readonly number[];
  /** Difference of the best two logits before each greedy token. */
  readonly gaps: readonly number[];
}

/** Logits of the reference implementation: `short` of all positions, `long` of all or the last ones, [positions, vocab]. */
export function readGoldenLogits(name: string): Record<string, Float32Array> {
  const file = openSafetensors(join(fixture(name), 'golden.safetensors'));
  const logits: Record<string, Float32Array> = {};
  for (const [key, { start, end }] of file.tensors) {
    const bytes = new Uint8Array(end - start);
    file.readInto(bytes, start);
    logits[key] = toFloat32(bytes, 'F32');
  }
  file.close();
  return logits;
}

/** A folder that is deleted after the test file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'graphblend-engine-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Loads fixtures into one cache folder and closes them after the test file. */
export function decoderLoader(): (
  name: string,
  weights?: WeightKind,
  contextTokens?: number,
) => DecoderRunner {
  const cacheDir = temporaryFolder();
  const open: DecoderRunner[] = [];
  afterAll(() => open.forEach((runner) => runner.close()));
  return (name, weights = 'fp32', contextTokens = 0) => {
    const folder = fixture(name);
    const runner = loadDecoder({ folder, cacheDir, weights, threads: 1, contextTokens });
    open.push(runner);
    return runner;
  };
}

export function range(start: number, end: number): Int32Array {
  return Int32Array.from({ length: end - start }, (_, i) => start + i);
}

/** Runs `tokens` at positions `start ..` in one step. */
export function prefill(
  runner: DecoderRunner,
  sequence: SequenceKv,
  tokens: ArrayLike<number>,
  start = 0,
  logits: 'none' | 'last' | 'all' = 'all',
): Float32Array {
  const rows = {
    sequence,
    tokens: Int32Array.from(tokens),
    positions: range(start, start + tokens.length),
    logits,
  };
  return runner.step([rows]).logits[0]!;
}

export function maxDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`${a.length} numbers against ${b.length}`);
  let most = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!);
    if (!(difference <= most)) most = difference; // NaN counts as a difference
    if (Number.isNaN(difference)) return Number.NaN;
  }
  return most;
}

export function argmax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

/** Seeded uniform numbers in [0, 1). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
