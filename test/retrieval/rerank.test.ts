import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { search, type Reranker } from '../../retrieval/index.ts';
import { hashedVector, SHIPS, testCorpus, type TestCorpus } from './corpus.ts';

const QUESTION = 'When did the Terra Nova sink?';

let corpus: TestCorpus;

beforeAll(async () => {
  corpus = await testCorpus(SHIPS);
});
afterAll(() => corpus.close());

async function titlesWith(reranker: Reranker | undefined): Promise<string[]> {
  const request = { workspaceId: corpus.workspaceId, question: QUESTION, limit: 20 };
  const parts = { ...corpus.parts, reranker };
  const { candidates } = await search(parts, request, hashedVector(QUESTION));
  const scores = candidates.map(({ score }) => score);
  expect(scores).toEqual(scores.toSorted((a, b) => b - a));
  return candidates.map(({ chunk }) => chunk.headingPath[0]!);
}

describe('a reranker', () => {
  it('reads the question with each of the best chunks and moves what it prefers up', async () => {
    const without = await titlesWith(undefined);
    const last = without.at(-1)!;
    const read: string[] = [];
    const titles = await titlesWith({
      rerank: async (question, texts) => {
        expect(question).toBe(QUESTION);
        read.push(...texts);
        return texts.map((text) => (text.startsWith(last) ? 1 : 0));
      },
    });
    expect(read).toHaveLength(without.length);
    expect(titles.indexOf(last)).toBeLessThan(without.length - 1);
    expect(titles.toSorted()).toEqual(without.toSorted());
  });

  it('that has no opinion changes nothing', async () => {
    const indifferent: Reranker = { rerank: async (_, texts) => texts.map(() => 7) };
    expect(await titlesWith(indifferent)).toEqual(await titlesWith(undefined));
  });
});
