/** llama.cpp through node-llama-cpp: `tsx llama-child.ts <folder with node_modules> <model.gguf> <threads>`. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { answerCalls } from './child-calls.ts';

const [folder, model, threads] = process.argv.slice(2) as [string, string, string];
/** What is used of the package, which is not installed with this project. */
interface LlamaPackage {
  getLlama(
    this: void,
    options: object,
  ): Promise<{
    loadModel(options: object): Promise<{
      createContext(options: object): Promise<{ getSequence(): LlamaSequence }>;
    }>;
  }>;
  readonly LlamaLogLevel: { readonly error: unknown };
}

interface LlamaSequence {
  clearHistory(): Promise<void>;
  evaluateWithoutGeneratingNewTokens(tokens: number[]): Promise<void>;
  evaluate(tokens: number[], options: object): AsyncIterable<number>;
}

let sequence: LlamaSequence;

answerCalls({
  async load() {
    const path = createRequire(join(folder, 'package.json')).resolve('node-llama-cpp');
    const { getLlama, LlamaLogLevel } = (await import(pathToFileURL(path).href)) as LlamaPackage;
    const llama = await getLlama({
      gpu: false,
      build: 'never',
      skipDownload: true,
      logLevel: LlamaLogLevel.error,
      maxThreads: Number(threads),
    });
    const start = performance.now();
    const loaded = await llama.loadModel({ modelPath: model, gpuLayers: 0 });
    const ms = performance.now() - start;
    const context = await loaded.createContext({
      contextSize: 4608,
      batchSize: 512,
      threads: Number(threads),
      sequences: 1,
      flashAttention: true,
    });
    sequence = context.getSequence();
    return { ms, rssBytes: process.memoryUsage().rss };
  },
  async prefill({ tokens }: { tokens: number }) {
    await sequence.clearHistory();
    const start = performance.now();
    await sequence.evaluateWithoutGeneratingNewTokens(ids(tokens));
    return performance.now() - start;
  },
  async decode({ context, tokens }: { context: number; tokens: number }) {
    await sequence.clearHistory();
    await sequence.evaluateWithoutGeneratingNewTokens(ids(context));
    const times: number[] = [];
    let last = performance.now();
    const options = { temperature: 0, yieldEogToken: true };
    for await (const _ of sequence.evaluate([5000], options)) {
      times.push(performance.now() - last);
      last = performance.now();
      if (times.length >= tokens) break;
    }
    return times;
  },
  rss: () => process.memoryUsage().rss,
});

function ids(count: number): number[] {
  return Array.from({ length: count }, (_, i) => 1000 + ((i * 7919) % 100_000));
}
