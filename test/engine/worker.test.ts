import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import {
  decoderLoader,
  fixture,
  maxDifference,
  prefill,
  temporaryFolder,
} from './support/fixtures.ts';

const load = decoderLoader();

/** Runs the engine in a worker thread, as the product does; tsx compiles the imports there. */
function inWorker(folder: string, cacheDir: string): Promise<Float32Array> {
  const engine = new URL('../../engine/index.ts', import.meta.url).href;
  const source = `
    const { parentPort } = require('node:worker_threads');
    import('tsx/esm/api').then(({ tsImport }) => tsImport(${JSON.stringify(engine)}, ${JSON.stringify(import.meta.url)})).then((engine) => {
      const runner = engine.loadDecoder(${JSON.stringify({ folder, cacheDir, weights: 'fp32', threads: 1 })});
      const rows = { tokens: Int32Array.of(1, 2, 3), positions: Int32Array.of(0, 1, 2), logits: 'last' };
      const { logits } = runner.step([{ sequence: runner.newSequence(3), ...rows }]);
      runner.close();
      parentPort.postMessage(logits[0], [logits[0].buffer]);
    });
  `;
  return new Promise((resolve, reject) => {
    const worker = new Worker(source, { eval: true });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

it('the engine gives the same logits in several worker threads at once as on the main thread', async () => {
  const runner = load('llama-gqa');
  const expected = prefill(runner, runner.newSequence(3), [1, 2, 3], 0, 'last');
  const cacheDir = temporaryFolder();
  const results = await Promise.all([1, 2].map(() => inWorker(fixture('llama-gqa'), cacheDir)));
  for (const logits of results) expect(maxDifference(logits, expected)).toBe(0);
});
