/** What every index of graph texts must do, over the store that says who says what. */
import { beforeEach, describe, expect, it } from 'vitest';
import {
  DimensionError,
  StorageError,
  type GraphText,
  type GraphTextKind,
  type SearchFilter,
  type Stores,
} from '../../graph/index.ts';
import { EMBEDDER, fakeEmbedding } from './ingesting.ts';
import { seededRandom } from './random.ts';
import { passes, randomAttributes, randomFilter, type FilteredDocument } from './search-filters.ts';
import { sqliteIndexWriter } from './sqlite-index-writer.ts';

/** The embedder in use is `EMBEDDER`. */
export type OpenedStores = { stores: Stores; clock: { now: number } };

export function graphTextContract(name: string, open: () => OpenedStores): void {
  describe(`${name} as an index of graph texts`, () => {
    let opened: OpenedStores;
    let ws: string;
    beforeEach(() => {
      opened = open();
      ws = opened.stores.corpus.createWorkspace({ name: 'W' }).id;
    });
    const writer = () => sqliteIndexWriter(opened, undefined);
    const embedAll = (workspaceId = ws, embedder = EMBEDDER) => {
      const { graphTexts } = opened.stores;
      const missing = graphTexts.withoutVector(workspaceId, embedder, { limit: 10_000 });
      graphTexts.putVectors(
        embedder,
        new Map(missing.map(({ label, text }) => [label, fakeEmbedding(text)])),
      );
      return missing.map(({ text }) => text).sort();
    };
    /** A document with one chunk for each list of texts; all is embedded. */
    const put = (
      key: string,
      chunks: readonly (readonly GraphText[])[],
      attributes = {},
      workspaceId = ws,
    ) => {
      const texts = chunks.map((_, i) => ({ text: `${key} chunk ${i}` }));
      const made = writer().put(workspaceId, key, texts, attributes);
      opened.stores.graphTexts.put(
        made.documentId,
        new Map(made.chunkIds.map((id, i) => [id, chunks[i]!])),
      );
      embedAll(workspaceId);
      return made;
    };
    const search = (
      text: string,
      limit = 10,
      filter?: SearchFilter,
      kind: GraphTextKind = 'name',
    ) => opened.stores.graphTextIndex.search(ws, kind, fakeEmbedding(text), { limit, filter });
    const found = async (...request: Parameters<typeof search>) =>
      (await search(...request)).map(({ text }) => text);

    it('finds a text by its embedding, with the chunks that say it, facts and names apart', async () => {
      const a = put('a', [[named('Fram'), fact('Archer designed Fram')], [named('Fram')]]);
      const [hit] = await search('Fram', 1);
      expect(hit).toEqual({ text: 'Fram', score: expect.closeTo(1, 5), chunkIds: a.chunkIds });
      expect(await found('Fram', 10, undefined, 'fact')).toEqual(['Archer designed Fram']);
    });

    it('keeps a text as long as any chunk says it, and not longer', async () => {
      const a = put('a', [[named('Fram')], [named('Gjoa')]]);
      const b = put('b', [[named('Fram')]]);
      await search('Fram'); // so that the index holds them
      writer().remove(ws, a.documentId);
      expect(await found('Fram')).toEqual(['Fram']);
      expect((await search('Fram'))[0]!.chunkIds).toEqual(b.chunkIds);
      writer().remove(ws, b.documentId);
      expect(await found('Fram')).toEqual([]);
      expect(opened.stores.graphTexts.hasVectors(ws, EMBEDDER)).toBe(false);
    });

    it('follows what a chunk says anew, and embeds again only what is new', async () => {
      const { documentId, chunkIds } = put('a', [[named('Fram'), named('Gjoa')]]);
      const { graphTexts } = opened.stores;
      graphTexts.put(documentId, new Map([[chunkIds[0]!, [named('Gjoa'), named('Maud')]]]));
      expect(embedAll()).toEqual(['Maud']);
      expect((await found('Gjoa')).sort()).toEqual(['Gjoa', 'Maud']);
      graphTexts.put(documentId, new Map([['chk_gone', [named('Fram')]]]));
      expect(embedAll()).toEqual([]);
    });

    it('names what has no vector yet, of a document or of all, and the documents that were not looked at', async () => {
      const { graphTexts, corpus } = opened.stores;
      const a = put('a', [[named('Fram')]]);
      const { documentId: bare } = writer().put(ws, 'b', [{ text: 'b chunk' }]);
      expect(graphTexts.documentsWithout(ws, 'name', '', 10)).toEqual([bare]);
      expect(graphTexts.documentsWithout(ws, 'fact', '', 1)).toHaveLength(1);
      expect(graphTexts.documentsWithout(ws, 'fact', '', 10)).toHaveLength(2);
      expect(graphTexts.documentsWithout(ws, 'name', bare, 10)).toEqual([]);
      const [chunk] = corpus.chunkIds(ws, bare);
      graphTexts.put(bare, new Map([[chunk!, [named('Gjoa'), named('Fram')]]]));
      expect(graphTexts.documentsWithout(ws, 'name', '', 10)).toEqual([]);
      const missing = graphTexts.withoutVector(ws, EMBEDDER, { documentId: bare, limit: 10 });
      expect(missing.map(({ text }) => text)).toEqual(['Gjoa']);
      expect(graphTexts.withoutVector(ws, 'embedder-2', { limit: 10 })).toHaveLength(2);
      const ofA = { documentId: a.documentId, limit: 10 };
      expect(graphTexts.withoutVector(ws, EMBEDDER, ofA)).toEqual([]);
    });

    it('gives under any filter the nearest texts that an allowed document says', async () => {
      const random = seededRandom(11);
      const names = Array.from({ length: 40 }, (_, i) => `Name ${i}`);
      const says = new Map<string, readonly string[]>();
      const documents = Array.from({ length: 30 }, (_, i): FilteredDocument => {
        const attributes = randomAttributes(random);
        const own = names.filter(() => random() < 0.1);
        const made = put(`d${i}`, [own.map(named)], attributes);
        says.set(made.documentId, own);
        const enabled = random() < 0.8;
        if (!enabled) writer().setEnabled(ws, made.documentId, false);
        return { ...made, ...attributes, enabled };
      });
      const query = fakeEmbedding('query');
      for (let i = 0; i < 60; i++) {
        const filter = randomFilter(documents, random);
        const limit = 1 + Math.floor(random() * 20);
        const allowed = new Set(
          documents
            .filter((document) => passes(document, filter))
            .flatMap(({ documentId }) => says.get(documentId)!),
        );
        const expected = [...allowed]
          .toSorted((a, b) => cosine(query, fakeEmbedding(b)) - cosine(query, fakeEmbedding(a)))
          .slice(0, limit);
        expect(await found('query', limit, filter), JSON.stringify(filter)).toEqual(expected);
      }
    });

    it('names chunks of allowed documents only, however many others say the text first', async () => {
      for (let i = 0; i < 20; i++) {
        const { documentId } = put(`hidden ${i}`, [[named('Fram')]]);
        writer().setEnabled(ws, documentId, false);
      }
      const shown = put('shown', [[named('Fram')]]);
      expect((await search('Fram'))[0]!.chunkIds).toEqual(shown.chunkIds);
    });

    it('keeps workspaces apart, and lets go of a deleted one', async () => {
      const other = opened.stores.corpus.createWorkspace({ name: 'O' }).id;
      put('a', [[named('Fram')]], {}, other);
      expect(await found('Fram')).toEqual([]);
      put('a', [[named('Gjoa')]]);
      opened.stores.corpus.deleteWorkspace(other);
      const { graphTextIndex, graphTexts } = opened.stores;
      const options = { limit: 5 };
      expect(await graphTextIndex.search(other, 'name', fakeEmbedding('Fram'), options)).toEqual(
        [],
      );
      expect(graphTexts.hasVectors(other, EMBEDDER)).toBe(false);
      expect(await found('Fram')).toEqual(['Gjoa']);
    });

    it('searches the vectors of one embedder, and drops those of others as asked', async () => {
      put('a', [[named('Fram'), named('Gjoa')]]);
      embedAll(ws, 'embedder-2');
      const { graphTextIndex, graphTexts } = opened.stores;
      const by = (embedder: string) =>
        graphTextIndex.search(ws, 'name', fakeEmbedding('Fram'), { limit: 5, embedder });
      expect(await by('embedder-2')).toHaveLength(2);
      expect(graphTexts.dropOthers(ws, EMBEDDER, 1)).toBe(1);
      expect(await by('embedder-2')).toHaveLength(1);
      expect(graphTexts.dropOthers(ws, EMBEDDER, 10)).toBe(1);
      expect(graphTexts.dropOthers(ws, EMBEDDER, 10)).toBe(0);
      expect(await by('embedder-2')).toEqual([]);
      expect(await by(EMBEDDER)).toHaveLength(2);
    });

    it('refuses vectors of another length and numbers that are not finite', async () => {
      const { documentId, chunkIds } = put('a', [[named('Fram')]]);
      const { graphTexts, graphTextIndex } = opened.stores;
      graphTexts.put(documentId, new Map([[chunkIds[0]!, [named('Fram'), named('Gjoa')]]]));
      const { label } = graphTexts.withoutVector(ws, EMBEDDER, { limit: 1 })[0]!;
      const putVector = (vector: Float32Array) =>
        graphTexts.putVectors(EMBEDDER, new Map([[label, vector]]));
      expect(() => putVector(fakeEmbedding('Gjoa', 5))).toThrow(DimensionError);
      expect(() => putVector(new Float32Array(8).fill(Number.NaN))).toThrow(StorageError);
      await expect(
        graphTextIndex.search(ws, 'name', fakeEmbedding('Gjoa', 5), { limit: 1 }),
      ).rejects.toThrow(DimensionError);
      expect(await found('Gjoa')).toEqual(['Fram']);
      expect(await found('Gjoa', 0)).toEqual([]);
    });
  });
}

function named(text: string): GraphText {
  return { kind: 'name', text };
}

function fact(text: string): GraphText {
  return { kind: 'fact', text };
}

function cosine(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}
