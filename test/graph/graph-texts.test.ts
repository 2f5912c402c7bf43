import fc from 'fast-check';
import { expect, it } from 'vitest';
import { EMBEDDER, fakeEmbedding, ingest, remove, temporaryHome, testStores } from './fixtures.ts';
import { graphTextContract } from './graph-texts.contract.ts';
import { storesWithClock } from './sqlite-index-writer.ts';

graphTextContract('Exact search', () => storesWithClock({ embedder: EMBEDDER }));
graphTextContract('hnswlib', () =>
  storesWithClock({ embedder: EMBEDDER, vectors: { exactBelow: 1 } }),
);

it('another process sees what comes and goes', async () => {
  const home = temporaryHome();
  const [one, other] = [testStores(home), testStores(home)];
  const ws = one.corpus.createWorkspace({ name: 'W' }).id;
  const { documentId, publication } = ingest(one.corpus, ws, 'a', 'A', ['a chunk']);
  const say = (...names: string[]) => {
    const texts = names.map((text) => ({ kind: 'name' as const, text }));
    one.graphTexts.put(documentId, new Map([[publication.chunks[0]!.id, texts]]));
    const missing = one.graphTexts.withoutVector(ws, EMBEDDER, { limit: 10 });
    one.graphTexts.putVectors(
      EMBEDDER,
      new Map(missing.map(({ label, text }) => [label, fakeEmbedding(text)])),
    );
  };
  const seen = async () =>
    (await other.graphTextIndex.search(ws, 'name', fakeEmbedding('Fram'), { limit: 5 }))
      .map(({ text }) => text)
      .sort();
  say('Fram');
  expect(await seen()).toEqual(['Fram']);
  say('Fram', 'Gjoa');
  expect(await seen()).toEqual(['Fram', 'Gjoa']);
  say('Gjoa');
  expect(await seen()).toEqual(['Gjoa']);
});

const NAMES = ['Fram', 'Gjoa', 'Maud', 'Endurance'];
/** What a document says from now on, in one chunk or two; undefined: it is removed. */
const step = fc.record({
  document: fc.integer({ min: 0, max: 2 }),
  says: fc.option(fc.array(fc.subarray(NAMES), { minLength: 1, maxLength: 2 }), {
    nil: undefined,
  }),
});

it('after any history the index holds what the documents say, and nothing else', async () => {
  const { corpus, graphTexts, graphTextIndex } = testStores(undefined, {
    sync: 'when asked',
    vectors: { exactBelow: 1 },
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (history) => {
      const ws = corpus.createWorkspace({ name: 'W' }).id;
      const said = new Map<number, readonly string[]>();
      const ids = new Map<number, string>();
      for (const { document, says } of history) {
        if (!says) {
          if (ids.has(document)) remove(corpus, ws, ids.get(document)!);
          ids.delete(document);
          said.delete(document);
        } else {
          const texts = says.map((names, i) => `${document} ${i} ${names.join(' ')}`);
          const made = ingest(corpus, ws, `d${document}`, 'T', texts);
          const chunks = made.publication.chunks.map(({ id }, i) => {
            return [id, says[i]!.map((text) => ({ kind: 'name' as const, text }))] as const;
          });
          graphTexts.put(made.documentId, new Map(chunks));
          ids.set(document, made.documentId);
          said.set(document, says.flat());
        }
        const missing = graphTexts.withoutVector(ws, EMBEDDER, { limit: 20 });
        graphTexts.putVectors(
          EMBEDDER,
          new Map(missing.map(({ label, text }) => [label, fakeEmbedding(text)])),
        );
        const hits = await graphTextIndex.search(ws, 'name', fakeEmbedding('any'), { limit: 20 });
        expect(hits.map(({ text }) => text).sort()).toEqual(
          [...new Set([...said.values()].flat())].sort(),
        );
      }
    }),
    { numRuns: 25 },
  );
});
