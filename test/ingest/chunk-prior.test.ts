import { expect, it } from 'vitest';
import type { Mention } from '../../graph/index.ts';
import { chunkPriors } from '../../ingest/chunk-prior.ts';

const frequency = new Map([
  ['everywhere', 64],
  ['often', 8],
  ['once', 1],
]);

function graphOf(said: Readonly<Record<string, readonly string[]>>) {
  const mentions = Object.entries(said).flatMap(([chunkId, ids]) =>
    ids.map((entityId) => ({ chunkId, entityId }) as Mention),
  );
  return {
    mentionsOfChunks: async () => mentions,
    chunkFrequency: async () => frequency,
  };
}

it('is larger for a chunk that speaks of what many chunks speak of, and lies in 0..1', async () => {
  const graph = graphOf({
    hub: ['everywhere', 'everywhere', 'often', 'often', 'once'],
    leaf: ['once'],
    middle: ['often'],
  });
  const priors = await chunkPriors(graph, 'ws', ['hub', 'leaf', 'middle', 'silent']);
  expect(priors.get('hub')).toBeCloseTo((1 + 0.5) / 3);
  expect(priors.get('middle')).toBeCloseTo(0.5 / 3);
  expect(priors.get('leaf')).toBe(0);
  expect(priors.has('silent')).toBe(false);
});

it('is none while the graph does not answer', async () => {
  const away = {
    mentionsOfChunks: () => Promise.reject(new Error('away')),
    chunkFrequency: async () => frequency,
  };
  expect(await chunkPriors(away, 'ws', ['a'])).toEqual(new Map());
});
