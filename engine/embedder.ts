/**
 * Text embeddings by a BERT encoder with its sentence-transformers settings. Texts are grouped by their
 * exact length in tokens: batches need no padding, and results do not depend on what they are batched
 * with (beyond the last bits of float32 sums).
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type EncoderConfig, readEncoderConfig } from './checkpoint/encoder-config.ts';
import { checkEncoderTensors } from './checkpoint/encoder-tensors.ts';
import { openCheckpointFolder } from './checkpoint/folder.ts';
import { openTensors } from './checkpoint/tensors.ts';
import { CancelledError, type ModelCacheError } from './errors.ts';
import { batchesOfEqualLength } from './length-batches.ts';
import { layoutVersion, openOrCompile } from './model-cache.ts';
import { encoderGraph } from './onnx/encoder-graph.ts';
import { float32, int64, openSession, type Session } from './session.ts';
import { type CheckpointTokenizer, openTokenizer } from './tokenizer.ts';
import type { EmbedderRunner } from './types.ts';

export interface LoadEmbedderOptions {
  /** BertModel checkpoint with tokenizer.json, as sentence-transformers saves it. */
  readonly folder: string;
  readonly cacheDir: string;
  readonly threads: number;
  readonly onDamage?: (error: ModelCacheError) => void;
}

/** Loads an embedder; blocks the thread. Throws as `loadDecoder` does. */
export function loadEmbedder(options: LoadEmbedderOptions): EmbedderRunner {
  const folder = openCheckpointFolder(options.folder);
  const tensors = openTensors(folder);
  try {
    const config = readEncoderConfig(folder);
    const tokenizer = openTokenizer(folder);
    const { used, prefix } = checkEncoderTensors(folder.path, config, tensors);
    const numbers = JSON.stringify([
      'encoder',
      layoutVersion,
      config,
      tokenizer.fingerprint,
      tensors.digest(used),
    ]);
    const fingerprint = createHash('sha256').update(numbers).digest('hex');
    const { path } = openOrCompile({
      cacheDir: options.cacheDir,
      fingerprint,
      onDamage: options.onDamage,
      compile({ weights, writeGraph }) {
        writeGraph(
          'encoder',
          encoderGraph(config, { tensors, file: weights, kind: 'fp32' }, prefix),
        );
        return {};
      },
    });
    const session = openSession(join(path, 'encoder.onnx'), {
      threads: options.threads,
      preciseInt8: false,
    });
    return new BertEmbedder(config, tokenizer, fingerprint, session);
  } finally {
    tensors.close();
  }
}

class BertEmbedder implements EmbedderRunner {
  readonly fingerprint: string;
  readonly dimensions: number;
  readonly maxTokens: number;
  readonly #config: EncoderConfig;
  readonly #tokenizer: CheckpointTokenizer;
  readonly #session: Session;

  constructor(
    config: EncoderConfig,
    tokenizer: CheckpointTokenizer,
    fingerprint: string,
    session: Session,
  ) {
    this.#config = config;
    this.#tokenizer = tokenizer;
    this.#session = session;
    this.fingerprint = fingerprint;
    this.dimensions = config.hiddenSize;
    this.maxTokens = config.maxTokens;
  }

  embed(
    texts: readonly string[],
    kind: 'query' | 'passage',
    isCancelled?: () => boolean,
  ): Float32Array[] {
    const ids = texts.map((text) => this.#encode(text, kind));
    const vectors = new Array<Float32Array>(texts.length);
    for (const batch of batchesOfEqualLength(ids)) {
      if (isCancelled?.()) throw new CancelledError();
      const pooled = this.#run(batch.map((i) => ids[i]!));
      batch.forEach((i, row) => {
        vectors[i] = unitLength(
          pooled.subarray(row * this.dimensions, (row + 1) * this.dimensions),
        );
      });
    }
    return vectors;
  }

  close(): void {
    this.#session.close();
  }

  #encode(text: string, kind: 'query' | 'passage'): number[] {
    const prompted = this.#config.prompts[kind] + text;
    return this.#tokenizer.encodeFramed(
      this.#config.lowerCase ? prompted.toLowerCase() : prompted,
      this.maxTokens,
    );
  }

  /** Texts of one length -> pooled [texts, dimensions]. */
  #run(ids: readonly (readonly number[])[]): Float32Array {
    const length = ids[0]!.length;
    const pooled = new Float32Array(ids.length * this.dimensions);
    this.#session.run(
      {
        ids: int64(BigInt64Array.from(ids.flat(), BigInt), [ids.length, length]),
        position: int64(
          BigInt64Array.from({ length }, (_, i) => BigInt(i)),
          [length],
        ),
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
