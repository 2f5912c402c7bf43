/**
 * The KV of a prompt's chunks: from the cache, and computed where it has none. What is missing is computed behind the
 * prefix alone and goes through the codec, exactly as at ingest: an answer must not depend on what happened to be cached.
 */
import type { DecoderRunner, Serving, WorkOptions } from '../engine/index.ts';
import type { BlendPart, BlendSource } from './blender.ts';
import { encodeKv, kvLayout, serveChunks, type RawKv } from './chunk-encoder.ts';
import { layersOf, type EncodedKv, type LayeredKv } from './chunk-kv.ts';
import type { KvCodec } from './codecs/index.ts';
import type { PlannedChunk, PromptPlan } from './prompt-plan.ts';

export interface PromptKv {
  /** By key. Chunks are absent that the codec cannot hold: they are computed where they stand. */
  readonly kv: ReadonlyMap<string, LayeredKv>;
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
  readonly serving: Serving;
  readonly work: WorkOptions;
}

/** Tokens of one slice: what a more urgent request has to wait for at most. */
const TOKENS_PER_STEP = 512;

/** Throws CancelledError. */
export async function promptKv(plan: PromptPlan, parts: PromptKvParts): Promise<PromptKv> {
  const { store, runner, codec, turn, lap } = parts;
  const kv = new Map<string, LayeredKv>();
  const hits = new Set<number>();
  await turn(() => {
    lap('queue');
    plan.chunks.forEach(({ key, behind, ids, start }, i) => {
      if (start < plan.kept) return;
      const layout = kvLayout(runner, ids.length, codec);
      const found =
        kv.get(key) ?? (behind && store.open(behind, layout)) ?? store.open(key, layout);
      if (!found) return;
      kv.set(key, found);
      hits.add(i);
    });
    lap('kv_load');
  });
  const made = await computeMissing(
    plan.chunks.filter(({ start }, i) => start >= plan.kept && !hits.has(i)),
    parts,
  );
  for (const [key, each] of made) kv.set(key, layersOf(each));
  return { kv, hits, made };
}

async function computeMissing(
  chunks: readonly PlannedChunk[],
  parts: PromptKvParts,
): Promise<Map<string, EncodedKv>> {
  const made = new Map<string, EncodedKv>();
  const missing = new Map(chunks.map(({ key, ids }) => [key, ids]));
  for (const batch of batches([...missing])) {
    for (const [key, each] of await computeBatch(batch, parts)) made.set(key, each);
  }
  return made;
}

async function computeBatch(
  batch: readonly (readonly [string, Int32Array])[],
  { runner, prefix, codec, serving, work, turn, lap, noteComputed }: PromptKvParts,
): Promise<[string, EncodedKv][]> {
  const chunks = batch.map(([, ids]) => ids);
  const { raw, ms } = await serveChunks(runner, prefix, chunks, serving, work);
  noteComputed(
    raw.reduce((sum, { count }) => sum + count, 0),
    ms,
  );
  const encoded = await turn(() => raw.map((each) => encodeKv(runner, each, codec)));
  lap('recompute');
  return batch.flatMap(([key], i) => (encoded[i] ? [[key, encoded[i]]] : []));
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
