/** From a checkpoint folder to a runner: read, check, compile once, verify, open. */
import { createHash } from 'node:crypto';
import { type DecoderCheckpointConfig, readDecoderConfig } from './checkpoint/decoder-config.ts';
import { checkDecoderTensors, decoderTensorNames } from './checkpoint/decoder-tensors.ts';
import { openCheckpointFolder } from './checkpoint/folder.ts';
import { openTensors } from './checkpoint/tensors.ts';
import { writeEmbeddingTable } from './embedding-table.ts';
import type { ModelCacheError } from './errors.ts';
import { int8ProductsSaturate } from './int8-saturation.ts';
import { type Compile, layoutVersion, openOrCompile } from './model-cache.ts';
import { decoderPieces } from './onnx/decoder-graphs.ts';
import type { WeightSource } from './onnx/linear.ts';
import { LlamaRunner } from './runner.ts';
import type { DecoderRunner, WeightKind } from './types.ts';

export interface LoadDecoderOptions {
  /** Hugging Face checkpoint: config.json, *.safetensors. */
  readonly folder: string;
  /** Where compiled models are kept; shared by all models. */
  readonly cacheDir: string;
  readonly weights: WeightKind;
  /**
   * Longest sequence that is wanted (default: the checkpoint's original context). It matters to LongRoPE checkpoints
   * only: a model that is loaded for more has the frequencies of long sequences throughout.
   */
  readonly contextTokens?: number;
  /** Threads of each native operator. */
  readonly threads: number;
  /** Told when a damaged compiled model is found, before it is compiled again. */
  readonly onDamage?: (error: ModelCacheError) => void;
  /** Compiling: pieces written so far, and in all. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Loads a decoder; blocks the thread. Throws `CheckpointError` for damaged files and
 * `UnsupportedCheckpointError` for mathematics that the engine does not have.
 */
export function loadDecoder(options: LoadDecoderOptions): DecoderRunner {
  const folder = openCheckpointFolder(options.folder);
  const tensors = openTensors(folder);
  try {
    const config = readDecoderConfig(folder, tensors, options.contextTokens ?? 0);
    const used = checkDecoderTensors(folder.path, config, tensors);
    const fingerprint = decoderFingerprint(config, options.weights, tensors.digest(used));
    const compiled = openOrCompile({
      cacheDir: options.cacheDir,
      fingerprint,
      compile: compileDecoder(config, { tensors, kind: options.weights }, options.onProgress),
      onDamage: options.onDamage,
    });
    const preciseInt8 = options.weights === 'int8-row' && int8ProductsSaturate();
    return new LlamaRunner(config, fingerprint, compiled, {
      threads: options.threads,
      preciseInt8,
    });
  } finally {
    tensors.close();
  }
}

/** Everything that changes the numbers, and nothing else (not: eos ids, the longest sequence). */
function decoderFingerprint(
  config: DecoderCheckpointConfig,
  kind: WeightKind,
  tensorDigest: string,
): string {
  const { bosId: _bos, eosIds: _eos, maxPositions: _max, ...mathematics } = config;
  const sorted = Object.entries(mathematics).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify(['decoder', layoutVersion, kind, sorted, tensorDigest]))
    .digest('hex');
}

function compileDecoder(
  config: DecoderCheckpointConfig,
  { tensors, kind }: Omit<WeightSource, 'file'>,
  onProgress: LoadDecoderOptions['onProgress'],
): Compile {
  return ({ weights, writeGraph }) => {
    const { embedding } = decoderTensorNames(config);
    const shape = [config.vocabSize, config.hiddenSize] as const;
    const note = writeEmbeddingTable(tensors, weights, `${embedding}.weight`, shape);
    const total = config.layers + 3; // attention, first, layers - 1 mids, last, head
    let done = 0;
    for (const { name, graph } of decoderPieces(config, { tensors, kind, file: weights })) {
      writeGraph(name, graph);
      onProgress?.(++done, total);
    }
    return { embedding: note };
  };
}
