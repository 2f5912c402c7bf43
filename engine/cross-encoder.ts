/** Relevance of passages to a question by a BERT cross-encoder (ms-marco-MiniLM and its kind). */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { readCrossEncoderConfig } from './checkpoint/encoder-config.ts';
import { checkEncoderTensors, crossEncoderHead } from './checkpoint/encoder-tensors.ts';
import { openCheckpointFolder } from './checkpoint/folder.ts';
import { openTensors } from './checkpoint/tensors.ts';
import type { LoadEmbedderOptions } from './embedder.ts';
import { CancelledError } from './errors.ts';
import { batchesOfEqualLength } from './length-batches.ts';
import { layoutVersion, openOrCompile } from './model-cache.ts';
import { crossEncoderGraph } from './onnx/cross-encoder-graph.ts';
import { float32, int64, openSession, type Session } from './session.ts';
import { type CheckpointTokenizer, openTokenizer } from './tokenizer.ts';
import type { CrossEncoderRunner } from './types.ts';

/**
 * Loads a BertForSequenceClassification with one label; blocks the thread.
 * Throws as `loadDecoder` does.
 */
export function loadCrossEncoder(options: LoadEmbedderOptions): CrossEncoderRunner {
  const folder = openCheckpointFolder(options.folder);
  const tensors = openTensors(folder);
  try {
    const config = readCrossEncoderConfig(folder);
    const tokenizer = openTokenizer(folder);
    const { used } = checkEncoderTensors(folder.path, config, tensors, crossEncoderHead);
    const numbers = JSON.stringify([
      'cross-encoder',
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
        const source = { tensors, file: weights, kind: 'fp32' } as const;
        writeGraph('cross-encoder', crossEncoderGraph(config, source));
        return {};
      },
    });
    const session = openSession(join(path, 'cross-encoder.onnx'), {
      threads: options.threads,
      preciseInt8: false,
    });
    return new BertCrossEncoder(config, tokenizer, fingerprint, session);
  } finally {
    tensors.close();
  }
}

interface Pair {
  readonly ids: readonly number[];
  readonly types: readonly number[];
}

class BertCrossEncoder implements CrossEncoderRunner {
  readonly fingerprint: string;
  readonly maxTokens: number;
  readonly #tokenizer: CheckpointTokenizer;
  readonly #lower: (text: string) => string;
  readonly #session: Session;

  constructor(
    config: { readonly maxTokens: number; readonly lowerCase: boolean },
    tokenizer: CheckpointTokenizer,
    fingerprint: string,
    session: Session,
  ) {
    this.#tokenizer = tokenizer;
    this.#lower = (text) => (config.lowerCase ? text.toLowerCase() : text);
    this.#session = session;
    this.fingerprint = fingerprint;
    this.maxTokens = config.maxTokens;
  }

  score(question: string, passages: readonly string[], isCancelled?: () => boolean): number[] {
    const asked = this.#lower(question);
    const pairs = passages.map((passage) =>
      this.#tokenizer.encodePair(asked, this.#lower(passage), this.maxTokens),
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
    this.#session.close();
  }

  /** Pairs of one length -> logits [pairs]. */
  #run(pairs: readonly Pair[]): Float32Array {
    const length = pairs[0]!.ids.length;
    const shape = [pairs.length, length];
    const flat = (rows: readonly (readonly number[])[]) =>
      int64(BigInt64Array.from(rows.flat(), BigInt), shape);
    const logits = new Float32Array(pairs.length);
    this.#session.run(
      {
        ids: flat(pairs.map(({ ids }) => ids)),
        types: flat(pairs.map(({ types }) => types)),
        position: int64(
          BigInt64Array.from({ length }, (_, i) => BigInt(i)),
          [length],
        ),
      },
      { logits: float32(logits, [pairs.length, 1]) },
    );
    return logits;
  }
}
