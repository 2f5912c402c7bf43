/** What every store of sentence vectors must do. */
import { describe, expect, it } from 'vitest';
import { DimensionError, StorageError, type SentenceVectors } from '../../graph/index.ts';
import { EMBEDDER, fakeEmbedding } from './ingesting.ts';

/** Fewer would hide errors of rounding. */
const DIM = 64;

export interface SentenceVectorsUnderTest {
  /** The embedder in use is `EMBEDDER`. */
  readonly sentences: SentenceVectors;
  readonly workspaceId: string;
  readonly otherWorkspaceId: string;
  /** Of the workspace: at least two. */
  readonly chunkIds: readonly string[];
  removeAllChunks(): void;
}

export function sentenceVectorsContract(name: string, open: () => SentenceVectorsUnderTest): void {
  const vectorOf = (text: string): Float32Array => fakeEmbedding(text, DIM);

  describe(`${name} as sentence vectors`, () => {
    it('gives the cosine with every sentence, in their order, within a hundredth', () => {
      const { sentences, workspaceId, chunkIds } = open();
      const texts = Array.from({ length: 50 }, (_, i) => `sentence ${i}`);
      sentences.put(EMBEDDER, new Map([[chunkIds[0]!, texts.map(vectorOf)]]));
      const question = vectorOf('question');
      const found = sentences.similarities(workspaceId, chunkIds, question);
      expect([...found.keys()]).toEqual([chunkIds[0]]);
      const exact = texts.map((text) =>
        vectorOf(text).reduce((s, x, i) => s + x * question[i]!, 0),
      );
      expect(found.get(chunkIds[0]!)).toHaveLength(50);
      exact.forEach((cosine, i) => {
        expect(Math.abs(found.get(chunkIds[0]!)![i]! - cosine)).toBeLessThan(0.01);
      });
    });

    it('knows a sentence again, and calls a zero vector similar to nothing', () => {
      const { sentences, workspaceId, chunkIds } = open();
      const [id] = chunkIds as [string];
      sentences.put(EMBEDDER, new Map([[id, [vectorOf('a'), new Float32Array(DIM)]]]));
      const [same, zero] = sentences.similarities(workspaceId, [id], vectorOf('a')).get(id)!;
      expect(same).toBeGreaterThan(0.99);
      expect(zero).toBe(0);
    });

    it('replaces what the same embedder made, and passes over chunks that are gone', () => {
      const { sentences, workspaceId, chunkIds } = open();
      const [id] = chunkIds as [string];
      sentences.put(EMBEDDER, new Map([[id, [vectorOf('a'), vectorOf('b')]]]));
      sentences.put(
        EMBEDDER,
        new Map([
          [id, [vectorOf('c')]],
          ['chk_gone', [vectorOf('d')]],
        ]),
      );
      const found = sentences.similarities(workspaceId, [id, 'chk_gone'], vectorOf('c'));
      expect([...found.keys()]).toEqual([id]);
      expect(found.get(id)).toHaveLength(1);
    });

    it('uses neither vectors of another embedder nor those of another length', () => {
      const { sentences, workspaceId, chunkIds } = open();
      const [first, second] = chunkIds as [string, string];
      sentences.put('embedder-2', new Map([[first, [vectorOf('a')]]]));
      sentences.put(EMBEDDER, new Map([[second, [vectorOf('a')]]]));
      const found = sentences.similarities(workspaceId, chunkIds, vectorOf('a'));
      expect([...found.keys()]).toEqual([second]);
      expect(sentences.similarities(workspaceId, chunkIds, fakeEmbedding('a', 8)).size).toBe(0);
    });

    it('shows nothing to another workspace', () => {
      const { sentences, otherWorkspaceId, chunkIds } = open();
      sentences.put(EMBEDDER, new Map([[chunkIds[0]!, [vectorOf('a')]]]));
      expect(sentences.similarities(otherWorkspaceId, chunkIds, vectorOf('a')).size).toBe(0);
    });

    it('drops those of former embedders, as many as asked for, and keeps its own', () => {
      const { sentences, workspaceId, otherWorkspaceId, chunkIds } = open();
      const all = new Map(chunkIds.slice(0, 2).map((id) => [id, [vectorOf(id)]]));
      sentences.put('embedder-2', all);
      sentences.put(EMBEDDER, all);
      expect(sentences.dropOthers(otherWorkspaceId, EMBEDDER, 10)).toBe(0);
      expect(sentences.dropOthers(workspaceId, EMBEDDER, 1)).toBe(1);
      expect(sentences.dropOthers(workspaceId, EMBEDDER, 10)).toBe(1);
      expect(sentences.dropOthers(workspaceId, EMBEDDER, 10)).toBe(0);
      expect(sentences.similarities(workspaceId, chunkIds, vectorOf('a')).size).toBe(2);
    });

    it('ends with the chunk', () => {
      const { sentences, workspaceId, chunkIds, removeAllChunks } = open();
      sentences.put(EMBEDDER, new Map([[chunkIds[0]!, [vectorOf('a')]]]));
      sentences.put('embedder-2', new Map([[chunkIds[0]!, [vectorOf('a')]]]));
      removeAllChunks();
      expect(sentences.similarities(workspaceId, chunkIds, vectorOf('a')).size).toBe(0);
      expect(sentences.dropOthers(workspaceId, EMBEDDER, 10)).toBe(0);
    });

    it('refuses vectors of unequal length and numbers that are not finite, and keeps what was there', () => {
      const { sentences, workspaceId, chunkIds } = open();
      const [id] = chunkIds as [string];
      const put = (...vectors: Float32Array[]): void =>
        sentences.put(EMBEDDER, new Map([[id, vectors]]));
      put(vectorOf('a'));
      expect(() => put(vectorOf('b'), fakeEmbedding('b', 8))).toThrow(DimensionError);
      expect(() => put(new Float32Array(DIM).fill(Number.NaN))).toThrow(StorageError);
      expect(sentences.similarities(workspaceId, [id], vectorOf('a')).get(id)![0]).toBeGreaterThan(
        0.99,
      );
    });
  });
}
