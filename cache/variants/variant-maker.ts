/**
 * Decides which chunks are stored behind which others, by what it gains. An answer tells which chunk stood before which;
 * a pair that comes back is tried, when nothing else is to be done: the prompt is read in full, blended with plain KV,
 * and blended with the pairs' KV computed together. What brings the first token nearer to the full read, by enough for
 * its bytes, is stored beside the plain KV, which other prompts need; the rest is not tried again.
 */
import { PRIORITY, type DecoderRunner, type SequenceKv, type Serving } from '../../engine/index.ts';
import { blend, type BlendBudget, type BlendSource } from '../blender.ts';
import { encodeKv, serveChunks, type RawKv } from '../chunk-encoder.ts';
import { encodedBytes, layersOf, type EncodedKv } from '../chunk-kv.ts';
import type { KvCodec } from '../codecs/index.ts';
import { divergence } from '../fidelity/distance.ts';
import type { KvStore } from '../kv-store.ts';
import type { PlannedChunk, PromptPlan } from '../prompt-plan.ts';
import { behindTokens, rowsFrom } from './behind.ts';

export interface VariantMakerParts {
  readonly runner: DecoderRunner;
  readonly store: KvStore;
  readonly codec: KvCodec;
  readonly prefix: RawKv;
  readonly serving: Serving;
}

/** A chunk and the one before it that it is stored behind. */
export interface ChunkPair {
  readonly chunk: PlannedChunk;
  readonly context: PlannedChunk;
  /** Of the KV computed behind the context. */
  readonly key: string;
}

export interface StoredBehind {
  readonly chunkId: string;
  readonly contextId: string;
  readonly key: string;
}

export interface VariantStats {
  /** Pairs tried, and those of them that were worth their bytes. */
  readonly tried: number;
  readonly stored: number;
  /** Mean of what the tried prompts gained, nats of the first token; undefined before the first. */
  readonly gain: number | undefined;
}

/** A pair seen once may never be seen again. */
const OFTEN = 2;
/** Pairs whose number of prompts is remembered. */
const MOST_KNOWN = 8192;
/** Nats of the first token that a megabyte has to save. */
const LEAST_GAIN_PER_MB = 0.001;

export class VariantMaker {
  readonly #parts: VariantMakerParts;
  /** By key, in how many prompts the pair was seen; Infinity once it was judged. */
  readonly #seen = new Map<string, number>();
  #isBusy = false;
  #tried = 0;
  #stored = 0;
  #gains = 0;
  #prompts = 0;

  constructor(parts: VariantMakerParts) {
    this.#parts = parts;
  }

  stats(): VariantStats {
    const gain = this.#prompts > 0 ? this.#gains / this.#prompts : undefined;
    return { tried: this.#tried, stored: this.#stored, gain };
  }

  /** Returns what was stored. One prompt at a time: another one that comes meanwhile is passed over. */
  async consider(
    plan: PromptPlan,
    pairs: readonly ChunkPair[],
    budget: BlendBudget,
    isCancelled: () => boolean,
  ): Promise<StoredBehind[]> {
    const due = pairs.filter((pair) => this.#isDue(pair));
    const { store } = this.#parts;
    const isReady = store.accepts && plan.chunks.every(({ key }) => store.has(key));
    if (due.length === 0 || !isReady || this.#isBusy) return [];
    this.#isBusy = true;
    try {
      return await this.#judge(plan, due, budget, isCancelled);
    } finally {
      this.#isBusy = false;
    }
  }

  #isDue({ key }: ChunkPair): boolean {
    const seen = (this.#seen.get(key) ?? 0) + 1;
    this.#seen.delete(key);
    this.#seen.set(key, seen);
    for (const oldest of this.#seen.keys()) {
      if (this.#seen.size <= MOST_KNOWN) break;
      this.#seen.delete(oldest);
    }
    return seen >= OFTEN && Number.isFinite(seen) && !this.#parts.store.has(key);
  }

  async #judge(
    plan: PromptPlan,
    pairs: readonly ChunkPair[],
    budget: BlendBudget,
    isCancelled: () => boolean,
  ): Promise<StoredBehind[]> {
    const { store } = this.#parts;
    const made = await this.#compute(pairs, isCancelled);
    const plain: BlendSource = { open: (key, layout) => store.open(key, layout) };
    const behind: BlendSource = {
      open: (key, layout) => {
        const kv = made.get(key);
        return kv ? layersOf(kv) : store.open(key, layout);
      },
    };
    const read = (each: BlendBudget, source: BlendSource): Promise<Float32Array> =>
      this.#read(plan, each, source, isCancelled);
    const full = await read({ policy: 'full', share: 1 }, plain);
    const before = divergence(full, await read(budget, plain));
    const gain = before - divergence(full, await read(budget, behind));
    for (const { key } of pairs) this.#seen.set(key, Number.POSITIVE_INFINITY);
    this.#tried += pairs.length;
    this.#gains += gain;
    this.#prompts++;
    const bytes = [...made.values()].reduce((sum, kv) => sum + encodedBytes(kv), 0);
    return gain < (LEAST_GAIN_PER_MB * bytes) / 2 ** 20 ? [] : this.#store(pairs, made);
  }

  /** By the plain key, which the plan knows the chunk by. */
  async #compute(
    pairs: readonly ChunkPair[],
    isCancelled: () => boolean,
  ): Promise<Map<string, EncodedKv>> {
    const { runner, prefix, serving, codec } = this.#parts;
    const work = { priority: PRIORITY.ingest, isCancelled };
    const made = new Map<string, EncodedKv>();
    for (const { chunk, context } of pairs) {
      const together = behindTokens(context.ids, chunk.ids);
      const { raw } = await serveChunks(runner, prefix, [together], serving, work);
      const encode = () => encodeKv(runner, rowsFrom(runner, raw[0]!, context.ids.length), codec);
      const kv = await serving.take(work.priority, encode, isCancelled);
      if (kv) made.set(chunk.key, kv);
    }
    return made;
  }

  async #store(
    pairs: readonly ChunkPair[],
    made: ReadonlyMap<string, EncodedKv>,
  ): Promise<StoredBehind[]> {
    const { store, serving } = this.#parts;
    const stored: StoredBehind[] = [];
    for (const { chunk, context, key } of pairs) {
      const kv = made.get(chunk.key);
      if (!kv || !(await serving.take(PRIORITY.ingest, () => store.put(key, kv)))) continue;
      stored.push({ chunkId: chunk.id, contextId: context.id, key });
    }
    this.#stored += stored.length;
    return stored;
  }

  async #read(
    plan: PromptPlan,
    budget: BlendBudget,
    source: BlendSource,
    isCancelled: () => boolean,
  ): Promise<Float32Array> {
    const { runner, codec, prefix, serving } = this.#parts;
    const work = { priority: PRIORITY.ingest, isCancelled };
    const sequence: SequenceKv = await serving.newSequence(plan.length, work);
    try {
      const { logits } = await blend(sequence, {
        runner,
        codec,
        prefix,
        plan,
        budget,
        source,
        step: (rows, hooks) => serving.step(rows, { ...work, ...hooks }),
        turn: (slice) => serving.take(work.priority, slice, isCancelled),
        lap: () => undefined,
        isCancelled,
      });
      return logits;
    } finally {
      sequence.release();
    }
  }
}

/** Each chunk of a prompt behind the one it depends on, if that stands before it, or behind the one just before it. */
export function pairsOf(
  chunks: readonly PlannedChunk[],
  dependsOn: ReadonlyMap<string, string>,
  keyOf: (chunk: PlannedChunk, context: PlannedChunk) => string,
): ChunkPair[] {
  return chunks.flatMap((chunk, i) => {
    const wanted = dependsOn.get(chunk.id);
    const context = chunks.slice(0, i).find(({ id }) => id === wanted) ?? chunks[i - 1];
    return context ? [{ chunk, context, key: keyOf(chunk, context) }] : [];
  });
}
