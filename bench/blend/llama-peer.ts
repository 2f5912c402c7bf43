/**
 * llama.cpp on the same shape with random weights (speed does not depend on values), for figures of one run. It is no
 * dependency: `npm i node-llama-cpp@3.22.1 @node-llama-cpp/linux-x64 --omit=optional --ignore-scripts` in any folder.
 */
import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { writeRandomGguf } from './random-gguf.ts';
import type { DecoderShape } from '../engine/random-checkpoint.ts';

export interface Peer {
  /** Milliseconds of reading so many tokens from nothing. */
  prefill(tokens: number): Promise<number>;
  close(): Promise<void>;
}

/** What of node-llama-cpp is used here. */
interface LlamaModule {
  readonly LlamaLogLevel: { readonly error: string };
  readonly getLlama: (options: object) => Promise<Llama>;
}
interface Llama {
  loadModel(options: object): Promise<LlamaModel>;
  dispose(): Promise<void>;
}
interface LlamaModel {
  createContext(options: object): Promise<{ getSequence(): LlamaSequence }>;
}
interface LlamaSequence {
  clearHistory(): Promise<void>;
  evaluateWithoutGeneratingNewTokens(tokens: readonly number[]): Promise<void>;
}

export interface PeerOptions {
  /** Where node-llama-cpp is installed. */
  readonly folder: string;
  readonly shape: DecoderShape;
  readonly threads: number;
  readonly contextTokens: number;
  /** Where the model file is written. */
  readonly scratch: string;
}

/** Q8_0 with flash attention, batches of 512. Undefined if it is not installed there. */
export async function openLlama(options: PeerOptions): Promise<Peer | undefined> {
  const { folder, shape, threads, contextTokens, scratch } = options;
  if (!existsSync(join(folder, 'node_modules', 'node-llama-cpp'))) return undefined;
  const entry = createRequire(join(folder, 'package.json')).resolve('node-llama-cpp');
  const { getLlama, LlamaLogLevel } = (await import(pathToFileURL(entry).href)) as LlamaModule;
  const modelPath = join(scratch, 'Q8_0.gguf');
  writeRandomGguf(modelPath, shape);
  const llama = await getLlama({
    gpu: false,
    build: 'never',
    skipDownload: true,
    logLevel: LlamaLogLevel.error,
    maxThreads: threads,
  });
  const model = await llama.loadModel({ modelPath, gpuLayers: 0 });
  const context = await model.createContext({
    contextSize: contextTokens,
    batchSize: 512,
    threads,
    sequences: 1,
    flashAttention: true,
  });
  const sequence = context.getSequence();
  return {
    async prefill(count) {
      await sequence.clearHistory();
      const tokens = Array.from({ length: count }, (_, i) => 1000 + ((i * 7919) % 100_000));
      const began = performance.now();
      await sequence.evaluateWithoutGeneratingNewTokens(tokens);
      return performance.now() - began;
    },
    close: () => llama.dispose(),
  };
}
