import { afterAll, beforeAll, expect, it } from 'vitest';
import { search } from '../../retrieval/index.ts';
import { DEFAULT_SETTINGS, type RetrievalSettings } from '../../retrieval/settings.ts';
import { hashedVector, SHIPS, testCorpus, type TestCorpus } from './corpus.ts';

const QUESTION = 'In which town was the designer of the Fram born?';
let corpus: TestCorpus;
let endurance: string;

beforeAll(async () => {
  corpus = await testCorpus(SHIPS);
  const { stores, workspaceId, documentIds } = corpus;
  const idsOf = (title: string): string[] =>
    stores.corpus.chunkIds(workspaceId, documentIds.get(title)!);
  const chunks = stores.corpus.chunks(workspaceId, [...documentIds.keys()].flatMap(idsOf));
  endurance = idsOf('Endurance')[0]!;
  // The sentences of one chunk fit the question to the letter, those of all others not at all.
  const far = hashedVector(QUESTION).map((value) => -value);
  stores.sentences.put(
    stores.vectors.embedder!,
    new Map(
      chunks.map(({ id, sentences }) => [
        id,
        sentences.map((_, i) => (id === endurance && i === 1 ? hashedVector(QUESTION) : far)),
      ]),
    ),
  );
});
afterAll(() => corpus.close());

async function scoreOfEndurance(settings: Partial<RetrievalSettings>): Promise<number> {
  const { parts, workspaceId } = corpus;
  const { candidates } = await search(
    parts,
    { workspaceId, question: QUESTION, limit: 20 },
    hashedVector(QUESTION),
    { ...DEFAULT_SETTINGS, method: 'none', finalCoverage: 0, ...settings },
  );
  return candidates.find(({ chunk }) => chunk.id === endurance)!.score;
}

it('a chunk whose best sentence fits is worth more in round 1, by the share that the settings give', async () => {
  const without = await scoreOfEndurance({ sentenceShare: 0 });
  expect(await scoreOfEndurance({ sentenceShare: 0.3 })).toBeCloseTo(0.7 * without + 0.3);
});

it('a chunk without sentence vectors is judged as a whole', async () => {
  const { parts, workspaceId } = corpus;
  const request = { workspaceId, question: QUESTION, limit: 20 };
  const ask = (settings: RetrievalSettings, sentences = parts.sentences) =>
    search({ ...parts, sentences }, request, hashedVector(QUESTION), settings);
  const off = { ...DEFAULT_SETTINGS, sentenceShare: 0, sentenceMeaning: 0 };
  const none = { similarities: () => new Map() } as never;
  expect((await ask(DEFAULT_SETTINGS, none)).candidates).toEqual((await ask(off)).candidates);
});

it('an entity counts as a way on by the sentence that holds it', async () => {
  const { parts, workspaceId } = corpus;
  const linkOf = async (sentenceMeaning: number): Promise<number | undefined> => {
    const { candidates } = await search(
      parts,
      { workspaceId, question: QUESTION, limit: 20 },
      hashedVector(QUESTION),
      { ...DEFAULT_SETTINGS, sentenceShare: 0, sentenceMeaning },
    );
    return candidates.find(({ chunk }) => chunk.headingPath[0] === 'Colin Archer')!.link;
  };
  // The sentence about Colin Archer means the opposite of the question here.
  expect((await linkOf(1)) ?? 0).toBeLessThan((await linkOf(0))!);
});
