import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decompose } from '../../retrieval/decompose.ts';
import { firstRound } from '../../retrieval/candidates.ts';
import { DEFAULT_SETTINGS, search } from '../../retrieval/index.ts';
import { isComplete, withSubQuestions } from '../../retrieval/sub-questions.ts';
import { testCorpus, type TestCorpus } from './corpus.ts';

/** One of the compared things fills the indices: many texts speak of it, one of the other. */
const MILLS = {
  ...Object.fromEntries(
    Array.from({ length: 70 }, (_, i) => [
      `Aspen Mill note ${i}`,
      `Aspen Mill, which is older, was opened. Note ${i} on when Aspen Mill was opened.`,
    ]),
  ),
  'Birch Mill': 'A mill of wood stands at the ford. Birch was its name. It dates from 1740.',
};
const QUESTION = 'Which was opened earlier, Aspen Mill or Birch?';

let corpus: TestCorpus;

beforeAll(async () => {
  corpus = await testCorpus(MILLS);
});
afterAll(() => corpus.close());

describe('a comparison', () => {
  it('gives every thing that is compared candidates of its own', async () => {
    const { parts, workspaceId } = corpus;
    // A pool of one: the indices leave room for one of the things only.
    const options = { settings: { ...DEFAULT_SETTINGS, pool: 1 }, filter: undefined };
    const whole = await firstRound(parts, workspaceId, QUESTION, undefined, options);
    const { parts: asked } = decompose(QUESTION)!;
    const { candidates } = await withSubQuestions(parts, workspaceId, whole, asked, options);
    const titles = candidates.map(({ chunk }) => chunk.headingPath[0]!);
    expect(whole.candidates).toHaveLength(1);
    expect(titles).toContain('Birch Mill');
    expect(titles.some((title) => title.startsWith('Aspen'))).toBe(true);
  });

  it('is complete when one chunk holds all that is asked of each thing', async () => {
    const request = { workspaceId: corpus.workspaceId, question: QUESTION, limit: 20 };
    const { candidates } = await search(corpus.parts, request, undefined);
    const complete = (question: string): boolean =>
      isComplete(decompose(question)!, candidates, corpus.parts.terms);
    expect(complete('Which is a mill, Aspen Mill or Birch?')).toBe(true);
    expect(complete('Which is a windmill, Aspen Mill or Birch?')).toBe(false);
  });
});
