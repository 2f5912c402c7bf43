/** From an encoder's checkpoint folder to a session: read, check, compile once, verify, open. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { EncoderConfig } from './checkpoint/encoder-config.ts';
import { checkEncoderTensors } from './checkpoint/encoder-tensors.ts';
import { type CheckpointFolder, openCheckpointFolder } from './checkpoint/folder.ts';
import { openTensors } from './checkpoint/tensors.ts';
import type { ModelCacheError } from './errors.ts';
import { hashMemo } from './hash-memo.ts';
import { layoutVersion, openOrCompile } from './model-cache.ts';
import type { EncoderState } from './onnx/encoder-parts.ts';
import type { Graph } from './onnx/graph.ts';
import { openSession, type Session } from './session.ts';
import { type CheckpointTokenizer, openTokenizer } from './tokenizer.ts';

export interface LoadEncoderOptions {
  /** Checkpoint of a BERT, RoBERTa, XLM-RoBERTa or ModernBERT with tokenizer.json, as sentence-transformers saves it. */
  readonly folder: string;
  readonly cacheDir: string;
  readonly threads: number;
  readonly onDamage?: (error: ModelCacheError) => void;
}

export interface OpenedEncoder<Config> {
  readonly config: Config;
  readonly tokenizer: CheckpointTokenizer;
  readonly session: Session;
  /** sha256 over everything that changes the numbers. */
  readonly fingerprint: string;
}

export interface EncoderRecipe<Config> {
  readonly purpose: 'embeddings' | 'scores';
  readonly read: (folder: CheckpointFolder) => Config;
  readonly graph: (state: Omit<EncoderState, 'graph'>, config: Config) => Graph;
}

/** Blocks the thread. Throws as `loadDecoder` does. */
export function openEncoder<Config extends { readonly encoder: EncoderConfig }>(
  options: LoadEncoderOptions,
  { purpose, read, graph }: EncoderRecipe<Config>,
): OpenedEncoder<Config> {
  const memo = hashMemo(options.cacheDir);
  const folder = openCheckpointFolder(options.folder, (file) => memo.sha256(file));
  const tensors = openTensors(folder);
  try {
    const config = read(folder);
    const tokenizer = openTokenizer(folder);
    const { used, prefix } = checkEncoderTensors(folder.path, config.encoder, tensors, purpose);
    const digest = memo.digest(`tensors ${used.join()}`, tensors.files, () => tensors.digest(used));
    const parts = [purpose, layoutVersion, config, tokenizer.fingerprint, digest];
    const fingerprint = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
    const { path } = openOrCompile({
      cacheDir: options.cacheDir,
      fingerprint,
      source: folder.path,
      onDamage: options.onDamage,
      memo,
      compile({ weights, writeGraph }) {
        const source = { tensors, file: weights, kind: 'fp32' } as const;
        writeGraph('encoder', graph({ config: config.encoder, source, prefix }, config));
        return {};
      },
    });
    const settings = { threads: options.threads, preciseInt8: false };
    const session = openSession(join(path, 'encoder.onnx'), settings);
    return { config, tokenizer, session, fingerprint };
  } finally {
    tensors.close();
  }
}

/** 0, 1, 2 ...: the input `position` of encoder graphs. */
export function positionsUpTo(length: number): BigInt64Array {
  return BigInt64Array.from({ length }, (_, i) => BigInt(i));
}
