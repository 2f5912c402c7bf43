/**
 * The KV of a prompt's chunks: from the cache, and computed where it has none. What is missing is computed behind the
 * prefix alone and goes through the codec, exactly as at ingest: an answer must not depend on what happened to be cached.
 */
import type { DecoderRunner } from '../engine/index.ts';
import type { BlendPart, BlendSource } from './blender.ts';
import { computeChunks, encodeKv, kvLayout, type RawKv } from './chunk-encoder.ts';
import type { EncodedKv } from './chunk-kv.ts';
import type { KvCodec } from './codecs/index.ts';
import type { PlannedChunk, PromptPlan } from './prompt-plan.ts';

export interface PromptKv {
  /** By key. Chunks are absent that the codec cannot hold: they are computed where they stand. */
  readonly kv: ReadonlyMap<string, EncodedKv>;
  /** Indices of the chunks that the cache had. */
  readonly hits: ReadonlySet<number>;
  /** What was computed now, by key. */
  readonly made: ReadonlyMap<string, EncodedKv>;
}

export interface PromptKvParts {
  readonly runner: DecoderRunner;
  readonly codec: KvCodec;
  readonly prefix: RawKv;
  readonly store: BlendSource;
  readonly turn: <T>(slice: () => T) => Promise<T>;
  readonly lap: (part: BlendPart) => void;
  readonly noteComputed: (tokens: number, ms: number) => void;
  readonly isCancelled: () => boolean;
}

/** Tokens of one slice: what a more urgent request has to wait for at most. */
const TOKENS_PER_STEP = 512;

/** Throws CancelledError. */
export async function promptKv(plan: PromptPlan, parts: PromptKvParts): Promise<PromptKv> {
  const { store, runner, codec, turn, lap } = parts;
  const kv = new Map<string, EncodedKv>();
  const hits = new Set<number>();
  await turn(() => {
    lap('queue');
    plan.chunks.forEach(({ key, ids }, i) => {
      const found = kv.get(key) ?? store.get(key, kvLayout(runner, ids.length, codec));
      if (!found) return;
      kv.set(key, found);
      hits.add(i);
    });
    lap('kv_load');
  });
  const made = await computeMissing(
    plan.chunks.filter((_, i) => !hits.has(i)),
    parts,
  );
  for (const [key, each] of made) kv.set(key, each);
  return { kv, hits, made };
}

async function computeMissing(
  chunks: readonly PlannedChunk[],
  parts: PromptKvParts,
): Promise<Map<string, EncodedKv>> {
  const made = new Map<string, EncodedKv>();
  const missing = new Map(chunks.map(({ key, ids }) => [key, ids]));
  for (const batch of batches([...missing])) {
    await parts.turn(() => {
      parts.lap('queue');
      for (const [key, each] of computeBatch(batch, parts)) made.set(key, each);
      parts.lap('recompute');
    });
  }
  return made;
}

function computeBatch(
  batch: readonly (readonly [string, Int32Array])[],
  { runner, prefix, codec, isCancelled, noteComputed }: PromptKvParts,
): [string, EncodedKv][] {
  const began = performance.now();
  const computed = computeChunks(
    runner,
    prefix,
    batch.map(([, ids]) => ids),
    isCancelled,
  );
  const tokens = batch.reduce((sum, [, ids]) => sum + ids.length, 0);
  noteComputed(tokens, performance.now() - began);
  return batch.flatMap(([key], i) => {
    const encoded = encodeKv(runner, computed[i]!, codec);
    return encoded ? [[key, encoded] as [string, EncodedKv]] : [];
  });
}

function* batches<T extends readonly [string, Int32Array]>(items: readonly T[]): Generator<T[]> {
  let batch: T[] = [];
  let size = 0;
  for (const item of items) {
    if (batch.length > 0 && size + item[1].length > TOKENS_PER_STEP) {
      yield batch;
      batch = [];
      size = 0;
    }
    batch.push(item);
    size += item[1].length;
  }
  if (batch.length > 0) yield batch;
}
