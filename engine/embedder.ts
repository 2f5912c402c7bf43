/**
 * Text embeddings by an encoder with its sentence-transformers settings. Texts are grouped by their
 * exact length in tokens: batches need no padding, and results do not depend on what they are batched
 * with (beyond the last bits of float32 sums).
 */
import { type EmbedderConfig, readEmbedderConfig } from './checkpoint/encoder-config.ts';
import {
  type LoadEncoderOptions,
  openEncoder,
  type OpenedEncoder,
  positionsUpTo,
} from './encoder-session.ts';
import { CancelledError } from './errors.ts';
import { batchesOfEqualLength } from './length-batches.ts';
import { encoderGraph } from './onnx/encoder-graph.ts';
import { float32, int64 } from './session.ts';
import type { EmbedderRunner, EmbedKind } from './types.ts';

export interface LoadEmbedderOptions extends LoadEncoderOptions {
  /**
   * `unit` (default): vectors of length 1, as the indices want them. `as saved`: only if the checkpoint has a module
   * that normalises, for comparing with other implementations.
   */
  readonly length?: 'unit' | 'as saved';
}

/** Loads an embedder; blocks the thread. Throws as `loadDecoder` does. */
export function loadEmbedder(options: LoadEmbedderOptions): EmbedderRunner {
  const opened = openEncoder(options, {
    purpose: 'embeddings',
    read: readEmbedderConfig,
    graph: (state, { sentence }) => encoderGraph(state, sentence.pooling),
  });
  return new Embedder(opened, options.length ?? 'unit');
}

class Embedder implements EmbedderRunner {
  readonly fingerprint: string;
  readonly dimensions: number;
  readonly maxTokens: number;
  readonly #opened: OpenedEncoder<EmbedderConfig>;
  readonly #normalises: boolean;

  constructor(opened: OpenedEncoder<EmbedderConfig>, length: 'unit' | 'as saved') {
    const { config, fingerprint } = opened;
    this.#opened = opened;
    this.#normalises = length === 'unit' || config.sentence.normalises;
    this.fingerprint = fingerprint;
    this.dimensions = config.encoder.hiddenSize;
    this.maxTokens = config.sentence.maxTokens;
  }

  embed(texts: readonly string[], kind: EmbedKind, isCancelled?: () => boolean): Float32Array[] {
    const ids = texts.map((text) => this.#encode(text, kind));
    const vectors = new Array<Float32Array>(texts.length);
    for (const batch of batchesOfEqualLength(ids)) {
      if (isCancelled?.()) throw new CancelledError();
      const pooled = this.#run(batch.map((i) => ids[i]!));
      batch.forEach((i, row) => {
        const vector = pooled.slice(row * this.dimensions, (row + 1) * this.dimensions);
        vectors[i] = this.#normalises ? unitLength(vector) : vector;
      });
    }
    return vectors;
  }

  close(): void {
    this.#opened.session.close();
  }

  #encode(text: string, kind: EmbedKind): number[] {
    const { tokenizer, config } = this.#opened;
    const prompted = config.sentence.prompts[kind] + text;
    return tokenizer.encodeFramed(
      config.sentence.lowerCase ? prompted.toLowerCase() : prompted,
      this.maxTokens,
    );
  }

  /** Texts of one length -> pooled [texts, dimensions]. */
  #run(ids: readonly (readonly number[])[]): Float32Array {
    const length = ids[0]!.length;
    const pooled = new Float32Array(ids.length * this.dimensions);
    this.#opened.session.run(
      {
        ids: int64(BigInt64Array.from(ids.flat(), BigInt), [ids.length, length]),
        position: int64(positionsUpTo(length), [length]),
      },
      { pooled: float32(pooled, [ids.length, this.dimensions]) },
    );
    return pooled;
  }
}

function unitLength(vector: Float32Array): Float32Array {
  let squares = 0;
  for (const value of vector) squares += value * value;
  const norm = Math.max(Math.sqrt(squares), 1e-12);
  return vector.map((value) => value / norm);
}
