import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { search, type Candidate } from '../../retrieval/index.ts';
import { wholeCorpus } from '../../retrieval/whole-corpus.ts';
import { SHIPS, testCorpus, type TestCorpus } from './corpus.ts';

let corpus: TestCorpus;
let found: readonly Candidate[];

beforeAll(async () => {
  corpus = await testCorpus(SHIPS);
  const question = 'When did the Terra Nova sink?';
  found = (
    await search(corpus.parts, { workspaceId: corpus.workspaceId, question, limit: 3 }, undefined)
  ).candidates;
});
afterAll(() => corpus.close());

const titles = (candidates: readonly Candidate[] | undefined) =>
  candidates?.map(({ chunk }) => chunk.headingPath[0]!);

function whole(budget: { tokens: number; computedTokens?: number }, documentIds?: string[]) {
  const scope = { workspaceId: corpus.workspaceId, filter: documentIds && { documentIds } };
  const allowed = found.filter(({ chunk }) => documentIds?.includes(chunk.documentId) ?? true);
  return wholeCorpus(corpus.stores.corpus, scope, allowed, { chunks: 2, ...budget });
}

describe('a corpus that fits into the prompt', () => {
  it('is read as a whole, what was found first', () => {
    const all = whole({ tokens: 1000 });
    expect(titles(all)?.toSorted()).toEqual(Object.keys(SHIPS).toSorted());
    expect(titles(all)?.slice(0, found.length)).toEqual(titles(found));
  });

  it('is not where a token too many is in it, or too much to compute', () => {
    const tokens = whole({ tokens: 1000 })!.reduce((sum, { chunk }) => sum + chunk.tokenCount, 0);
    expect(whole({ tokens })).toHaveLength(7);
    expect(whole({ tokens: tokens - 1 })).toBeUndefined();
    expect(whole({ tokens, computedTokens: tokens - 1 })).toBeUndefined();
  });

  it('is what the filter leaves, without disabled documents', () => {
    const ids = ['Endurance', 'Fram'].map((title) => corpus.documentIds.get(title)!);
    expect(titles(whole({ tokens: 1000 }, ids))?.toSorted()).toEqual(['Endurance', 'Fram']);
    corpus.stores.corpus.updateDocument(corpus.workspaceId, ids[0]!, { enabled: false });
    expect(titles(whole({ tokens: 1000 }, ids))).toEqual(['Fram']);
    corpus.stores.corpus.updateDocument(corpus.workspaceId, ids[0]!, { enabled: true });
  });
});
