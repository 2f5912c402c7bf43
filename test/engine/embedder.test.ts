import { afterAll, describe, expect, it } from 'vitest';
import { CancelledError, loadEmbedder } from '../../engine/index.ts';
import { fixture, maxDifference, readFixtureJson, temporaryFolder } from './support/fixtures.ts';
import { copyOf, editJson } from './support/folders.ts';

type Golden = readonly {
  readonly text: string;
  readonly query: { readonly mean: number[]; readonly cls: number[] };
  readonly passage: { readonly mean: number[]; readonly cls: number[] };
}[];

const cacheDir = temporaryFolder();
const golden = readFixtureJson<Golden>('bert', 'golden.json');
const texts = golden.map(({ text }) => text);

function load(folder: string) {
  const embedder = loadEmbedder({ folder, cacheDir, threads: 1 });
  afterAll(() => embedder.close());
  return embedder;
}

describe('the embedder', () => {
  const embedder = load(fixture('bert'));

  it.each(['query', 'passage'] as const)(
    'gives the mean-pooled vectors of the reference for a %s',
    (kind) => {
      const vectors = embedder.embed(texts, kind);
      golden.forEach((row, i) =>
        expect(maxDifference(vectors[i]!, row[kind].mean)).toBeLessThan(1e-5),
      );
    },
  );

  it('pools by the first token where the checkpoint says so', () => {
    const folder = copyOf('bert');
    editJson(folder, '1_Pooling/config.json', (json) =>
      Object.assign(json, { pooling_mode_cls_token: true, pooling_mode_mean_tokens: false }),
    );
    const [vector] = load(folder).embed([texts[1]!], 'query');
    expect(maxDifference(vector!, golden[1]!.query.cls)).toBeLessThan(1e-5);
  });

  it('gives a text the same vector alone as in any batch', () => {
    const many = [
      ...texts,
      ...texts.toReversed(),
      ...Array.from({ length: 40 }, (_, i) => `word ${i}`),
    ];
    const together = embedder.embed(many, 'passage');
    many.forEach((text, i) => {
      expect(maxDifference(embedder.embed([text], 'passage')[0]!, together[i]!)).toBeLessThan(1e-6);
    });
  });

  it('tells its dimensions and longest text', () => {
    expect(embedder.dimensions).toBe(48);
    expect(embedder.maxTokens).toBe(32);
    expect(embedder.embed([], 'query')).toEqual([]);
    expect(embedder.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  });

  it('is cancelled between batches', () => {
    let asked = 0;
    expect(() => embedder.embed(texts, 'query', () => ++asked > 1)).toThrow(CancelledError);
  });
});
