/** Relevance of passages to a question by a cross-encoder (ms-marco-MiniLM, bge-reranker, ModernBERT and their kind). */
import { type CrossEncoderConfig, readCrossEncoderConfig } from './checkpoint/encoder-config.ts';
import {
  type LoadEncoderOptions,
  openEncoder,
  type OpenedEncoder,
  positionsUpTo,
} from './encoder-session.ts';
import { CancelledError } from './errors.ts';
import { batchesOfEqualLength } from './length-batches.ts';
import { crossEncoderGraph } from './onnx/cross-encoder-graph.ts';
import { float32, int64, type TensorViews } from './session.ts';
import type { CrossEncoderRunner } from './types.ts';

/**
 * Loads a sequence classifier with one label; blocks the thread.
 * Throws as `loadDecoder` does.
 */
export function loadCrossEncoder(options: LoadEncoderOptions): CrossEncoderRunner {
  const opened = openEncoder(options, {
    purpose: 'scores',
    read: readCrossEncoderConfig,
    graph: (state) => crossEncoderGraph(state),
  });
  return new CrossEncoder(opened);
}

interface Pair {
  readonly ids: readonly number[];
  readonly types: readonly number[];
}

class CrossEncoder implements CrossEncoderRunner {
  readonly fingerprint: string;
  readonly maxTokens: number;
  readonly #opened: OpenedEncoder<CrossEncoderConfig>;
  readonly #lower: (text: string) => string;

  constructor(opened: OpenedEncoder<CrossEncoderConfig>) {
    const { config, fingerprint } = opened;
    this.#opened = opened;
    this.#lower = (text) => (config.lowerCase ? text.toLowerCase() : text);
    this.fingerprint = fingerprint;
    this.maxTokens = config.maxTokens;
  }

  score(question: string, passages: readonly string[], isCancelled?: () => boolean): number[] {
    const asked = this.#lower(question);
    const pairs = passages.map((passage) =>
      this.#opened.tokenizer.encodePair(asked, this.#lower(passage), this.maxTokens),
    );
    const scores = new Array<number>(passages.length);
    for (const batch of batchesOfEqualLength(pairs.map(({ ids }) => ids))) {
      if (isCancelled?.()) throw new CancelledError();
      const logits = this.#run(batch.map((i) => pairs[i]!));
      batch.forEach((i, row) => (scores[i] = logits[row]!));
    }
    return scores;
  }

  close(): void {
    this.#opened.session.close();
  }

  /** Pairs of one length -> logits [pairs]. */
  #run(pairs: readonly Pair[]): Float32Array {
    const length = pairs[0]!.ids.length;
    const shape = [pairs.length, length];
    const flat = (rows: readonly (readonly number[])[]) =>
      int64(BigInt64Array.from(rows.flat(), BigInt), shape);
    const logits = new Float32Array(pairs.length);
    const inputs: TensorViews = {
      ids: flat(pairs.map(({ ids }) => ids)),
      position: int64(positionsUpTo(length), [length]),
    };
    const { session, config } = this.#opened;
    session.run(
      config.encoder.family === 'bert'
        ? { ...inputs, types: flat(pairs.map(({ types }) => types)) }
        : inputs,
      { logits: float32(logits, [pairs.length, 1]) },
    );
    return logits;
  }
}
