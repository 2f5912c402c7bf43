import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withLoss } from '../../bench/retrieval/graph-loss.ts';
import { DEFAULT_SETTINGS, search, type SearchResult } from '../../retrieval/index.ts';
import { METHODS, type MethodName } from '../../retrieval/methods/index.ts';
import { hashedVector, SHIPS, testCorpus, type TestCorpus } from './corpus.ts';

const TWO_HOPS = 'In which town was the designer of the Fram born?';

let corpus: TestCorpus;

beforeAll(async () => {
  corpus = await testCorpus(SHIPS);
});
afterAll(() => corpus.close());

function ask(
  method: MethodName,
  question: string,
  request: { documentIds?: string[]; loss?: number } = {},
): Promise<SearchResult> {
  const { workspaceId } = corpus;
  const { documentIds, loss } = request;
  const graph = loss ? withLoss(corpus.parts.graph, loss, 1) : corpus.parts.graph;
  return search(
    { ...corpus.parts, graph },
    { workspaceId, question, limit: 20, filter: documentIds && { documentIds } },
    hashedVector(question),
    { ...DEFAULT_SETTINGS, method },
  );
}

const titles = ({ candidates }: SearchResult): string[] =>
  candidates.map(({ chunk }) => chunk.headingPath[0]!);

describe.each(Object.keys(METHODS) as MethodName[])('retrieval by %s', (method) => {
  it('finds each chunk once, best first', async () => {
    const { candidates } = await ask(method, TWO_HOPS);
    const ids = candidates.map(({ chunk }) => chunk.id);
    expect(new Set(ids).size).toBe(ids.length);
    const scores = candidates.map(({ score }) => score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    expect(titles({ candidates, entities: [], coverage: 0 })).toContain('Fram');
  });

  it('gives the same ranking every time', async () => {
    expect(titles(await ask(method, TWO_HOPS))).toEqual(titles(await ask(method, TWO_HOPS)));
  });

  it('does not leave a filter', async () => {
    const only = [corpus.documentIds.get('Fram')!, corpus.documentIds.get('Endurance')!];
    const { candidates } = await ask(method, TWO_HOPS, { documentIds: only });
    expect(candidates.length).toBeGreaterThan(0);
    for (const { chunk } of candidates) expect(only).toContain(chunk.documentId);
  });

  it('falls back on what the question finds if the graph is lost', async () => {
    const found = titles(await ask('none', TWO_HOPS));
    const lost = titles(await ask(method, TWO_HOPS, { loss: 1 }));
    expect(lost).toEqual(expect.arrayContaining(found));
  });
});

describe('the walk', () => {
  it('ranks the second document of a chain above what words alone put there', async () => {
    const place = (result: SearchResult): number => titles(result).indexOf('Colin Archer');
    expect(place(await ask('walk', TWO_HOPS))).toBeLessThanOrEqual(1);
    expect(place(await ask('walk', TWO_HOPS))).toBeLessThanOrEqual(
      place(await ask('none', TWO_HOPS)),
    );
  });

  it('finds a document by its title where the text names it in lower case', async () => {
    const other = await testCorpus({
      Almanac: 'The keeper of the almanac lives by growing coffee beans on a hill.',
      Coffee: 'It is a drink from roasted seeds. The plant came from Ethiopia.',
      Ink: 'It is a liquid for writing. The oldest was made in China.',
      Salt: 'It is a mineral. The largest mine is in Goderich.',
    });
    try {
      const question = 'From which land came the plant that the keeper of the almanac lives by?';
      const { candidates } = await search(
        other.parts,
        { workspaceId: other.workspaceId, question, limit: 4 },
        undefined,
      );
      const reached = candidates.find(({ chunk }) => chunk.headingPath[0] === 'Coffee');
      expect(reached?.link).toBeGreaterThan(0);
    } finally {
      await other.close();
    }
  });

  it('works without any vectors', async () => {
    const { parts, workspaceId } = corpus;
    const request = { workspaceId, question: TWO_HOPS, limit: 3 };
    const { candidates } = await search(parts, request, undefined);
    expect(candidates.map(({ chunk }) => chunk.headingPath[0])).toEqual(
      expect.arrayContaining(['Fram', 'Colin Archer']),
    );
    expect(candidates.every(({ dense }) => dense === undefined)).toBe(true);
  });
});
