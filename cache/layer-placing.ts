/**
 * Puts cached chunks in place layer by layer, each layer right before a step looks at it: while one layer is computed, the
 * next ones are read.
 */
import type { DecoderRunner, SequenceKv } from '../engine/index.ts';
import { evictedPositions, spread } from './eviction/evict-tokens.ts';
import { floatsPerPart, type LayeredKv } from './chunk-kv.ts';
import type { KvCodec } from './codecs/index.ts';

export interface IncomingChunk {
  /** Position of its first token. */
  readonly start: number;
  readonly kv: LayeredKv;
}

/** Stored KV turned out to be damaged when it was needed. The store has dropped it: look it up again. */
export class DamagedChunkError extends Error {
  override readonly name = 'DamagedChunkError';
}

export class LayerPlacing {
  readonly #runner: DecoderRunner;
  readonly #sequence: SequenceKv;
  readonly #codec: KvCodec;
  readonly #chunks: readonly IncomingChunk[];
  /** Layers in place. */
  #placed = 0;
  #isDamaged = false;

  /** Hides evicted tokens at once. */
  constructor(
    runner: DecoderRunner,
    sequence: SequenceKv,
    codec: KvCodec,
    chunks: readonly IncomingChunk[],
  ) {
    this.#runner = runner;
    this.#sequence = sequence;
    this.#codec = codec;
    this.#chunks = chunks;
    for (const { start, kv } of chunks) {
      if (kv.kept) sequence.hide(evictedPositions(kv.kept, start, kv.shape.tokens));
    }
  }

  /**
   * For `beforeLayer` of a step: layers up to `layer` are put in place. Does not throw: what is damaged would harm those
   * who share the step. See `check`.
   */
  upTo(layer: number): Promise<void> | undefined {
    if (layer < this.#placed || this.#isDamaged) return undefined;
    const arrivals = this.#chunks.flatMap(({ kv }) => kv.arrival(layer) ?? []);
    if (arrivals.length > 0) return Promise.all(arrivals).then(() => this.#place(layer));
    this.#place(layer);
    return undefined;
  }

  /** Throws `DamagedChunkError` if what was computed is worth nothing. */
  check(): void {
    if (this.#isDamaged) throw new DamagedChunkError('stored keys and values are damaged');
  }

  close(): void {
    for (const { kv } of this.#chunks) kv.close();
  }

  #place(layer: number): void {
    for (; this.#placed <= layer && !this.#isDamaged; this.#placed++) {
      for (const chunk of this.#chunks) this.#placeChunk(chunk, this.#placed);
    }
  }

  #placeChunk({ start, kv }: IncomingChunk, layer: number): void {
    const block = kv.layer(layer);
    if (!block) this.#isDamaged = true;
    else placeLayer(this.#runner, this.#sequence, layer, start, { kv, block, codec: this.#codec });
  }
}

interface EncodedLayer {
  readonly kv: Pick<LayeredKv, 'shape' | 'kept'>;
  readonly block: Uint8Array;
  readonly codec: KvCodec;
}

function placeLayer(
  runner: DecoderRunner,
  sequence: SequenceKv,
  layer: number,
  position: number,
  { kv: { shape, kept }, block, codec }: EncodedLayer,
): void {
  const halves = kept ? undefined : codec.layer.halves?.(block, shape);
  if (halves) {
    runner.placeHalves(sequence, layer, { position, count: shape.tokens, ...halves });
    return;
  }
  const keptShape = { ...shape, tokens: kept?.length ?? shape.tokens };
  const keys = new Float32Array(floatsPerPart(keptShape));
  const values = new Float32Array(keys.length);
  codec.layer.decode(block, keptShape, keys, values);
  const whole = (rows: Float32Array): Float32Array => (kept ? spread(rows, kept, shape) : rows);
  runner.placeKv(sequence, layer, position, shape.tokens, whole(keys), whole(values));
}
