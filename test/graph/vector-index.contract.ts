/** What every VectorIndex must do. */
import { beforeEach, describe, expect, it } from 'vitest';
import { DimensionError } from '../../graph/index.ts';
import type { VectorIndex } from '../../graph/index.ts';
import type { IndexWriter } from './index-writer.ts';
import { passes, randomAttributes, randomFilter, type FilteredDocument } from './search-filters.ts';
import { seededRandom } from './random.ts';

export function vectorIndexContract(name: string, factory: () => IndexWriter<VectorIndex>): void {
  describe(`${name} as a vector index`, () => {
    let writer: IndexWriter<VectorIndex>;
    let ws: string;
    let random: () => number;
    beforeEach(() => {
      writer = factory();
      ws = writer.createWorkspace();
      random = seededRandom(7);
    });
    const search = async (vector: Float32Array, limit = 10, documentIds?: readonly string[]) =>
      writer.index.search(ws, vector, { limit, ...(documentIds && { filter: { documentIds } }) });
    const putRandom = (key: string, count: number) => {
      const chunks = Array.from({ length: count }, (_, i) => ({
        text: `${key} ${i}`,
        vector: randomUnit(8, random),
      }));
      return { ...writer.put(ws, key, chunks), vectors: chunks.map((chunk) => chunk.vector) };
    };

    it('gives the nearest chunks by cosine, best first', async () => {
      const [east, north, west] = [unit(1, 0.1), unit(0.1, 1), unit(-1, 0)];
      const { chunkIds } = writer.put(ws, 'a', [
        { text: 'e', vector: east },
        { text: 'n', vector: north },
        { text: 'w', vector: west },
      ]);
      const hits = await search(new Float32Array([5, 0])); // not of unit length: only the direction counts
      expect(hits.map((hit) => hit.chunkId)).toEqual(chunkIds);
      expect(hits[0]!.score).toBeCloseTo(1 / Math.hypot(1, 0.1), 5);
      expect(hits[2]!.score).toBeCloseTo(-1, 5);
      expect((await search(new Float32Array([5, 0]), 1)).map((hit) => hit.chunkId)).toEqual([
        chunkIds[0],
      ]);
    });

    it('finds every chunk by its own vector', async () => {
      const { chunkIds, vectors } = putRandom('a', 60);
      for (const [i, vector] of vectors.entries())
        expect((await search(vector, 1))[0]!.chunkId).toBe(chunkIds[i]);
      expect(await writer.index.ids(ws)).toEqual([...chunkIds].sort());
    });

    it('never comes back short under a filter, however near the others are', async () => {
      const query = unit(1, 0, 0, 0, 0, 0, 0, 0);
      const near = Array.from({ length: 80 }, (_, i) => ({
        text: `near ${i}`,
        vector: unit(1, i / 1_000, 0, 0, 0, 0, 0, 0),
      }));
      writer.put(ws, 'near', near);
      const far = [putRandom('far 1', 5), putRandom('far 2', 5)];
      const ids = far.map((put) => put.documentId);
      expect(await search(query, 10, ids)).toHaveLength(10);
      expect(await search(query, 20, ids)).toHaveLength(10);
      const best = far.flatMap(({ chunkIds, vectors }) =>
        chunkIds.map((id, i) => ({ id, score: vectors[i]![0]! })),
      );
      best.sort((a, b) => b.score - a.score);
      expect((await search(query, 4, ids)).map((hit) => hit.chunkId)).toEqual(
        best.slice(0, 4).map((hit) => hit.id),
      );
      expect(await search(query, 10, [])).toEqual([]);
      expect(await search(query, 10, ['doc_none'])).toEqual([]);
    });

    it('leaves out disabled documents, and has them again when enabled', async () => {
      const a = putRandom('a', 40);
      const b = putRandom('b', 40);
      writer.setEnabled(ws, a.documentId, false);
      const hits = await search(a.vectors[0]!, 50);
      expect(hits.map((hit) => hit.chunkId).sort()).toEqual([...b.chunkIds].sort());
      expect(await search(a.vectors[0]!, 5, [a.documentId])).toEqual([]);
      expect(await writer.index.ids(ws)).toEqual([...b.chunkIds].sort());
      writer.setEnabled(ws, a.documentId, true);
      expect((await search(a.vectors[0]!, 1))[0]!.chunkId).toBe(a.chunkIds[0]);
    });

    it('gives under any filter the nearest of the allowed documents', async () => {
      const similarity = new Map<string, number>();
      const query = randomUnit(8, random);
      const documents = Array.from({ length: 40 }, (_, i): FilteredDocument => {
        const attributes = randomAttributes(random);
        const chunks = [1, 2].map((n) => ({ text: `${i} ${n}`, vector: randomUnit(8, random) }));
        const put = writer.put(ws, `d${i}`, chunks, attributes);
        put.chunkIds.forEach((id, n) => similarity.set(id, dot(query, chunks[n]!.vector)));
        const enabled = random() < 0.8;
        if (!enabled) writer.setEnabled(ws, put.documentId, false);
        return { ...put, ...attributes, enabled };
      });
      for (let i = 0; i < 150; i++) {
        const filter = randomFilter(documents, random);
        const limit = 1 + Math.floor(random() * 30);
        const hits = await writer.index.search(ws, query, { limit, filter });
        const expected = documents
          .filter((document) => passes(document, filter))
          .flatMap((document) => document.chunkIds)
          .toSorted((a, b) => similarity.get(b)! - similarity.get(a)!)
          .slice(0, limit);
        expect(
          hits.map((hit) => hit.chunkId),
          JSON.stringify(filter),
        ).toEqual(expected);
      }
    });

    it('forgets removed and replaced chunks exactly', async () => {
      const a = putRandom('a', 30);
      const b = putRandom('b', 30);
      await search(a.vectors[0]!); // so that it holds them
      writer.remove(ws, a.documentId);
      expect((await search(a.vectors[0]!, 100)).map((hit) => hit.chunkId).sort()).toEqual(
        [...b.chunkIds].sort(),
      );
      const c = putRandom('b', 31);
      const found = (await search(b.vectors[0]!, 100)).map((hit) => hit.chunkId);
      expect(found.sort()).toEqual([...c.chunkIds].sort());
      writer.remove(ws, c.documentId);
      expect(await search(b.vectors[0]!, 5)).toEqual([]);
      expect(await writer.index.ids(ws)).toEqual([]);
    });

    it('refuses a vector of another length, saying both lengths', async () => {
      putRandom('a', 3);
      await expect(search(new Float32Array(5).fill(1))).rejects.toThrow(DimensionError);
      await expect(search(new Float32Array(5).fill(1))).rejects.toThrow(
        'Expected a vector of 8 numbers, got 5.',
      );
    });

    it('keeps workspaces apart', async () => {
      const { vectors, chunkIds } = putRandom('a', 5);
      const other = writer.createWorkspace();
      writer.put(other, 'a', [{ text: 'same', vector: vectors[0]! }]);
      expect((await search(vectors[0]!, 50)).map((hit) => hit.chunkId).sort()).toEqual(
        [...chunkIds].sort(),
      );
      expect(await writer.index.search(other, vectors[0]!, { limit: 50 })).toHaveLength(1);
      writer.deleteWorkspace(other);
      expect(await writer.index.search(other, vectors[0]!, { limit: 50 })).toEqual([]);
      expect(await writer.index.search('ws_none', vectors[0]!, { limit: 5 })).toEqual([]);
    });

    it('has nothing in an empty workspace, and nothing for a limit of 0', async () => {
      expect(await search(unit(1, 0))).toEqual([]);
      putRandom('a', 3);
      expect(await search(randomUnit(8, random), 0)).toEqual([]);
    });
  });
}

export function unit(...numbers: number[]): Float32Array {
  const norm = Math.hypot(...numbers);
  return Float32Array.from(numbers, (value) => value / norm);
}

/** Uniform on the sphere. */
export function randomUnit(dim: number, random: () => number): Float32Array {
  const gauss = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return unit(...Array.from({ length: dim }, gauss));
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}
