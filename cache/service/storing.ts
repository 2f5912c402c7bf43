/** Chunk KV on its way into the store and out of it: keys, what is computed at ingest, what is read ahead. */
import {
  PRIORITY,
  type DecoderRunner,
  type Serving,
  type Tokenizer,
  type WorkOptions,
} from '../../engine/index.ts';
import { bytesPerToken, encodeKv, kvLayout, serveChunks, type RawKv } from '../chunk-encoder.ts';
import type { EncodedKv } from '../chunk-kv.ts';
import type { KvCodec } from '../codecs/index.ts';
import { chunkKvKey } from '../key.ts';
import type { KvStore, WantedKv } from '../kv-store.ts';
import type { CallContext } from '../rpc/server.ts';
import type {
  ChunkTokens,
  PrecomputeEvent,
  PrecomputeRequest,
  PrecomputeResult,
  PrefetchRequest,
  PrefetchResult,
  StorableChunk,
} from '../service-types.ts';

/** Tokens computed in one packed step at ingest: large enough for speed, short enough to wait for. */
const PRECOMPUTE_TOKENS = 1024;

export interface ChunkStoringParts {
  readonly runner: DecoderRunner;
  readonly tokenizer: Tokenizer;
  readonly store: KvStore;
  readonly codec: KvCodec;
  readonly prefixIds: Int32Array;
  readonly prefix: RawKv;
  readonly serving: Serving;
}

interface KeyedChunk {
  readonly key: string;
  readonly chunk: StorableChunk;
}

export class ChunkStoring {
  readonly #parts: ChunkStoringParts;

  constructor(parts: ChunkStoringParts) {
    this.#parts = parts;
  }

  /** `variant`: see ChunkKvIdentity. */
  key(chunkIds: Int32Array, workspaceSalt: string, variant = 'plain'): string {
    const { runner, tokenizer, prefixIds, codec } = this.#parts;
    return chunkKvKey({
      model: runner.fingerprint,
      tokenizer: tokenizer.fingerprint,
      prefixIds,
      chunkIds,
      variant,
      codec: codec.name,
      workspaceSalt,
    });
  }

  /** Computes and stores what is not stored yet. Throws CancelledError. */
  async precompute(request: PrecomputeRequest, call: CallContext): Promise<PrecomputeResult> {
    const { store } = this.#parts;
    const keys = new Map<string, string>();
    let done = 0;
    for (const batch of batches(request.chunks, PRECOMPUTE_TOKENS)) {
      const keyed = batch
        .filter((chunk) => this.#isStorable(chunk))
        .map((chunk) => ({ key: this.key(chunk.ids, request.workspaceSalt), chunk }));
      await this.#storeMissing(keyed, call.isCancelled);
      for (const { key, chunk } of keyed) if (store.has(key)) keys.set(chunk.id, key);
      done += batch.length;
      call.emit({ done } satisfies PrecomputeEvent);
    }
    return { keys };
  }

  /** Reads stored KV into RAM, in order, a chunk a turn, as far as `maxBytes` goes; computes nothing. */
  async prefetch(request: PrefetchRequest, { isCancelled }: CallContext): Promise<PrefetchResult> {
    const { store, serving } = this.#parts;
    const wanted = this.#within(request);
    await store.fetch(wanted);
    let chunks = 0;
    for (const each of wanted) {
      if (isCancelled()) break;
      const read = await serving.take(PRIORITY.query, () => store.warm(each));
      chunks += Number(read);
    }
    return { chunks };
  }

  /** Asks the shared tier for what an answer needs. */
  async fetch(chunks: readonly { key: string; ids: Int32Array }[]): Promise<void> {
    const { runner, store, codec } = this.#parts;
    await store.fetch(
      chunks.map(({ key, ids }) => ({ key, layout: kvLayout(runner, ids.length, codec) })),
    );
  }

  /** What an answer had to compute is stored when nothing else is to be done. */
  storeLater(made: ReadonlyMap<string, EncodedKv>): void {
    const { store, serving } = this.#parts;
    for (const [key, kv] of made) void serving.take(PRIORITY.ingest, () => store.put(key, kv));
  }

  /** A conversation's passages are likely to be needed again for a while, by it or by whoever asks the same. */
  pinLater(chunks: readonly { key: string }[], keepMs: number): void {
    if (keepMs <= 0) return;
    const { store, serving } = this.#parts;
    const keys = chunks.map(({ key }) => key);
    void serving.take(PRIORITY.ingest, () => store.pin(keys, Date.now() + keepMs));
  }

  /** What came from the shared tier is put on the disk when nothing else is to be done. */
  writeFetched(): void {
    const { store, serving } = this.#parts;
    const write = (): Promise<boolean> => serving.take(PRIORITY.ingest, () => store.writeFetched());
    const all = async (): Promise<void> => {
      while (await write());
    };
    void all();
  }

  /** What of the chunks, in order, takes no more than `maxBytes`. */
  #within({ workspaceSalt, chunks, maxBytes }: PrefetchRequest): WantedKv[] {
    const { runner, codec } = this.#parts;
    let left = maxBytes;
    return chunks.flatMap(({ ids }) => {
      left -= ids.length * bytesPerToken(runner, codec);
      if (left < 0) return [];
      return [{ key: this.key(ids, workspaceSalt), layout: kvLayout(runner, ids.length, codec) }];
    });
  }

  /** A chunk without tokens has nothing to store, one longer than the model can never be used. */
  #isStorable({ ids }: ChunkTokens): boolean {
    const { prefixIds, runner } = this.#parts;
    return ids.length > 0 && prefixIds.length + ids.length <= runner.config.maxPositions;
  }

  async #storeMissing(chunks: readonly KeyedChunk[], isCancelled: () => boolean): Promise<void> {
    const { store, serving, runner, codec } = this.#parts;
    const work = { priority: PRIORITY.ingest, isCancelled };
    const turn = <T>(slice: () => T): Promise<T> => serving.take(work.priority, slice, isCancelled);
    const priors = new Map(chunks.map(({ key, chunk }) => [key, chunk.prior]));
    for (const [key, raw] of await this.#computeMissing(chunks, work)) {
      // Each write waits for the disk: more urgent work gets in between.
      const encoded = await turn(() => encodeKv(runner, raw, codec));
      if (encoded) await turn(() => store.put(key, encoded, priors.get(key)));
    }
  }

  /** By key, so that the same text twice in a batch is computed once. */
  async #computeMissing(
    chunks: readonly KeyedChunk[],
    work: WorkOptions,
  ): Promise<Map<string, RawKv>> {
    const { runner, store, serving, prefix } = this.#parts;
    const missing = new Map(
      chunks.filter(({ key }) => !store.has(key)).map(({ key, chunk }) => [key, chunk.ids]),
    );
    if (!store.accepts || missing.size === 0) return new Map();
    const { raw, ms } = await serveChunks(runner, prefix, [...missing.values()], serving, work);
    store.noteComputed(
      raw.reduce((sum, { count }) => sum + count, 0),
      ms,
    );
    return new Map([...missing.keys()].map((key, i) => [key, raw[i]!]));
  }
}

function* batches(chunks: readonly StorableChunk[], tokens: number): Generator<StorableChunk[]> {
  let batch: StorableChunk[] = [];
  let size = 0;
  for (const chunk of chunks) {
    if (batch.length > 0 && size + chunk.ids.length > tokens) {
      yield batch;
      batch = [];
      size = 0;
    }
    batch.push(chunk);
    size += chunk.ids.length;
  }
  if (batch.length > 0) yield batch;
}
