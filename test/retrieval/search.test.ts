import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linkPaths, search } from '../../retrieval/index.ts';
import { linkEntities } from '../../retrieval/linker.ts';
import { selectContext } from '../../retrieval/select.ts';
import type { SearchResult } from '../../retrieval/types.ts';
import { hashedVector, SHIPS, testCorpus, type TestCorpus } from './corpus.ts';

let corpus: TestCorpus;

beforeAll(async () => {
  corpus = await testCorpus(SHIPS);
});
afterAll(() => corpus.close());

function ask(question: string, documentIds?: string[]): Promise<SearchResult> {
  const { parts, workspaceId } = corpus;
  const filter = documentIds && { documentIds };
  return search(parts, { workspaceId, question, limit: 20, filter }, hashedVector(question));
}

const titles = (result: SearchResult): string[] =>
  result.candidates.map(({ chunk }) => chunk.headingPath[0]!);

describe('search', () => {
  it('puts the document that says it first', async () => {
    expect(titles(await ask('When did the Terra Nova sink?'))[0]).toBe('Terra Nova');
  });

  it('reaches the second document of a chain over the entity that ties it to the first', async () => {
    const result = await ask('In which town was the designer of the Fram born?');
    expect(titles(result).slice(0, 3)).toEqual(expect.arrayContaining(['Fram', 'Colin Archer']));
    const reached = result.candidates.find(({ chunk }) => chunk.headingPath[0] === 'Colin Archer')!;
    expect(reached.via?.entityName).toBe('Colin Archer');
    expect(reached.link).toBeGreaterThan(0);
  });

  it('tells over which chunk and entity a linked chunk was reached', async () => {
    const { candidates } = await ask('In which town was the designer of the Fram born?');
    const path = linkPaths(candidates).find(({ steps }) => {
      const last = steps.at(-1);
      return last?.kind === 'chunk' && last.chunk.headingPath[0] === 'Colin Archer';
    })!;
    expect(path.steps.map(({ kind }) => kind).slice(-3)).toEqual(['chunk', 'entity', 'chunk']);
    expect(path.steps.at(-2)).toMatchObject({ name: 'Colin Archer' });
  });

  it('gives the same ranking every time', async () => {
    const question = 'Who designed the ship in which Amundsen sailed to Antarctica?';
    expect(await ask(question)).toEqual(await ask(question));
  });

  it('stays inside a filter, also over links', async () => {
    const only = [corpus.documentIds.get('Fram')!, corpus.documentIds.get('Endurance')!];
    const result = await ask('In which town was the designer of the Fram born?', only);
    expect(result.candidates.length).toBeGreaterThan(0);
    for (const { chunk } of result.candidates) expect(only).toContain(chunk.documentId);
  });

  it('leaves out disabled documents, also over links', async () => {
    const id = corpus.documentIds.get('Colin Archer')!;
    corpus.stores.corpus.updateDocument(corpus.workspaceId, id, { enabled: false });
    try {
      const result = await ask('In which town was the designer of the Fram born?');
      expect(titles(result)).not.toContain('Colin Archer');
    } finally {
      corpus.stores.corpus.updateDocument(corpus.workspaceId, id, { enabled: true });
    }
  });

  it('returns nothing, not an error, for a question without a match or without words', async () => {
    const { parts, workspaceId } = corpus;
    const empty = { ...parts, vectors: { ...parts.vectors, search: async () => [] } };
    const nothing = (question: string): Promise<SearchResult> =>
      search(empty, { workspaceId, question, limit: 5 }, hashedVector(question));
    expect((await nothing('quux zyzzyva')).candidates).toEqual([]);
    expect((await nothing('?!')).candidates).toEqual([]);
  });
});

describe('entity linking', () => {
  it('links the longest name and not its parts', async () => {
    const { parts, workspaceId } = corpus;
    const linked = await linkEntities(parts.graph, workspaceId, 'Where was Colin Archer born?');
    expect(linked.map((entity) => entity.name)).toEqual(['Colin Archer']);
  });

  it('links names without regard to case and possessives', async () => {
    const { parts, workspaceId } = corpus;
    const linked = await linkEntities(parts.graph, workspaceId, "what was fridtjof nansen's ship?");
    expect(linked.map((entity) => entity.name)).toContain('Fridtjof Nansen');
  });
});

describe('context selection', () => {
  it('keeps to its budget and takes the chunk a link came from along', async () => {
    const { candidates } = await ask('In which town was the designer of the Fram born?');
    const chosen = selectContext(candidates, { tokens: 100, chunks: 3 });
    const ids = chosen.map(({ chunk }) => chunk.id);
    expect(chosen.reduce((sum, { chunk }) => sum + chunk.tokenCount, 0)).toBeLessThanOrEqual(100);
    for (const { via } of chosen.slice(0, 2)) if (via) expect(ids).toContain(via.fromChunkId);
  });

  it('takes nothing that does not fit, even if that leaves nothing', async () => {
    const { candidates } = await ask('When did the Terra Nova sink?');
    expect(selectContext(candidates, { tokens: 1, chunks: 3 })).toEqual([]);
  });
});
