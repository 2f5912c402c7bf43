/** From a checkpoint folder to a runner: read, check, compile once, verify, open. */
import { createHash, randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { CalibrationFile } from './calibration-file.ts';
import { calibrate, needsBlocks } from './calibrate.ts';
import { type DecoderCheckpointConfig, readDecoderConfig } from './checkpoint/decoder-config.ts';
import { checkDecoderTensors, decoderTensorNames } from './checkpoint/decoder-tensors.ts';
import { type CheckpointFolder, openCheckpointFolder } from './checkpoint/folder.ts';
import { type CheckpointTensors, openTensors } from './checkpoint/tensors.ts';
import { writeEmbeddingTable } from './embedding-table.ts';
import type { ModelCacheError } from './errors.ts';
import { hashMemo } from './hash-memo.ts';
import { int8ProductsSaturate } from './int8-saturation.ts';
import { type Compile, type CompiledModel, layoutVersion, openOrCompile } from './model-cache.ts';
import { decoderPieces } from './onnx/decoder-graphs.ts';
import { LlamaRunner } from './runner.ts';
import type { SessionSettings } from './session.ts';
import { openTokenizer } from './tokenizer.ts';
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
  /** Look for layers that `int8-row` would spoil, and keep those in blocks (default: yes). Takes a while, once. */
  readonly calibrate?: boolean;
  /** Threads of each native operator. */
  readonly threads: number;
  /** Told when a damaged compiled model is found, before it is compiled again. */
  readonly onDamage?: (error: ModelCacheError) => void;
  readonly onProgress?: (progress: LoadProgress) => void;
}

/** Steps of one stage of loading: pieces of the model. The first two stages are needed once for a model and a kind of weights. */
export interface LoadProgress {
  /** Which layers need blocks is measured; graphs and weights are written; they are opened. */
  readonly stage: 'calibrate' | 'compile' | 'open';
  readonly done: number;
  readonly total: number;
}

/**
 * Loads a decoder; blocks the thread. Throws `CheckpointError` for damaged files and
 * `UnsupportedCheckpointError` for mathematics that the engine does not have.
 */
export function loadDecoder(options: LoadDecoderOptions): DecoderRunner {
  const memo = hashMemo(options.cacheDir);
  const folder = openCheckpointFolder(options.folder, (file) => memo.sha256(file));
  const tensors = openTensors(folder);
  try {
    const config = readDecoderConfig(folder, tensors, options.contextTokens ?? 0);
    const used = checkDecoderTensors(folder.path, config, tensors);
    const digest = memo.digest(`tensors ${used.join()}`, tensors.files, () => tensors.digest(used));
    const fingerprint = decoderFingerprint(config, options, digest);
    const preciseInt8 = options.weights === 'int8-row' && int8ProductsSaturate();
    const settings = { threads: options.threads, preciseInt8 };
    const compiled = openOrCompile({
      cacheDir: options.cacheDir,
      fingerprint,
      source: folder.path,
      compile: compileDecoder({ options, folder, config, tensors, settings, fingerprint }),
      onDamage: options.onDamage,
      memo,
    });
    rmSync(calibrationPath(options.cacheDir, fingerprint), { force: true });
    const onOpen = (done: number, total: number) =>
      options.onProgress?.({ stage: 'open', done, total });
    return new LlamaRunner(config, withBlocks(fingerprint, compiled), compiled, settings, onOpen);
  } finally {
    tensors.close();
  }
}

/** Everything that changes the numbers, and nothing else (not: eos ids, the longest sequence). */
function decoderFingerprint(
  config: DecoderCheckpointConfig,
  { weights: kind, calibrate: isCalibrated = true }: LoadDecoderOptions,
  tensorDigest: string,
): string {
  const { bosId: _bos, eosIds: _eos, maxPositions: _max, ...mathematics } = config;
  const sorted = Object.entries(mathematics).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify(['decoder', layoutVersion, kind, sorted, tensorDigest, isCalibrated]))
    .digest('hex');
}

/** Which layers have blocks is measured, and may come out otherwise on another processor: it changes the numbers. */
function withBlocks(fingerprint: string, { notes }: CompiledModel): string {
  const blocks = notes['blocks'];
  if (!Array.isArray(blocks) || blocks.length === 0) return fingerprint;
  return createHash('sha256')
    .update(JSON.stringify([fingerprint, blocks]))
    .digest('hex');
}

interface Compilation {
  readonly options: LoadDecoderOptions;
  readonly folder: CheckpointFolder;
  readonly config: DecoderCheckpointConfig;
  readonly tensors: CheckpointTensors;
  readonly settings: SessionSettings;
  readonly fingerprint: string;
}

function compileDecoder(compilation: Compilation): Compile {
  const { options, config, tensors } = compilation;
  return ({ weights: file, writeGraph }) => {
    const isCalibrated = options.weights === 'int8-row' && options.calibrate !== false;
    const blocks = isCalibrated ? layersWithBlocks(compilation) : [];
    const { embedding } = decoderTensorNames(config);
    const shape = [config.vocabSize, config.hiddenSize] as const;
    const note = writeEmbeddingTable(tensors, file, `${embedding}.weight`, shape);
    const pieces = decoderPieces(config);
    pieces.forEach(({ name, build }, i) => {
      writeGraph(name, build({ tensors, kind: options.weights, blocks: new Set(blocks), file }));
      options.onProgress?.({ stage: 'compile', done: i + 1, total: pieces.length });
    });
    return { embedding: note, blocks };
  };
}

/** Linear layers whose outlier channels a scale for each row would spoil. */
function layersWithBlocks(compilation: Compilation): string[] {
  const { options, folder, config, tensors, settings, fingerprint } = compilation;
  const workFolder = join(options.cacheDir, `tmp-${randomUUID()}`);
  const sample = sampleTokens(folder, config);
  const found = new CalibrationFile(calibrationPath(options.cacheDir, fingerprint));
  const onProgress = (done: number, total: number) =>
    options.onProgress?.({ stage: 'calibrate', done, total });
  return calibrate({ config, tensors, sample, workFolder, settings, found, onProgress })
    .filter(needsBlocks)
    .map(({ layer }) => layer);
}

/** What has been found stays until the model is compiled, so that a process that is killed need not be asked twice. */
function calibrationPath(cacheDir: string, fingerprint: string): string {
  return join(cacheDir, 'calibrations', `${fingerprint}.jsonl`);
}

/** Ordinary text; a checkpoint without a tokenizer gets tokens from all over its vocabulary. */
function sampleTokens(folder: CheckpointFolder, config: DecoderCheckpointConfig): Int32Array {
  const most = Math.min(calibrationTokens, config.maxPositions);
  const ids = folder.has('tokenizer.json')
    ? openTokenizer(folder).encode(calibrationText)
    : Array.from({ length: most }, (_, i) => (i * 7919) % config.vocabSize);
  const known = ids.filter((id) => id < config.vocabSize);
  return Int32Array.from(known.slice(0, most));
}

const calibrationTokens = 64;
const calibrationText =
  'The ship Fram was built by Colin Archer in Larvik in 1892; she is 39 m long. Wer baute sie, und ' +
  'wo liegt sie heute? Il a dit : « Bonjour ! » const total = items.map((x) => x.price * 1.2);\n\n' +
  '日本語のテキスト。 Как дела? \tYes, 3.14 and e=mc^2.';
