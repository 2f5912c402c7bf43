import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evidenceChains, likelyAnswer, type EvidenceChain } from '../../retrieval/chain.ts';
import { chainWith, evidenceOf, findWords } from '../../retrieval/evidence.ts';
import { focusRanges } from '../../retrieval/focus-ranges.ts';
import { search } from '../../retrieval/index.ts';
import { evidencePath } from '../../retrieval/paths.ts';
import { analyseQuestion } from '../../retrieval/question.ts';
import { selectContext } from '../../retrieval/select.ts';
import { evidencePool } from '../../retrieval/sentences.ts';
import { confidenceOf, isSure, judge, mayAbstain, type Verdict } from '../../retrieval/verdict.ts';
import { chunkPromptText } from '../../graph/index.ts';
import { hashedVector, SHIPS, testCorpus, type TestCorpus } from './corpus.ts';

let corpus: TestCorpus;

beforeAll(async () => {
  corpus = await testCorpus(SHIPS);
});
afterAll(() => corpus.close());

async function chainsFor(text: string) {
  const { parts, workspaceId } = corpus;
  const found = await search(parts, { workspaceId, question: text, limit: 20 }, hashedVector(text));
  const chosen = selectContext(found.candidates, { tokens: 1000, chunks: 8 });
  const ids = chosen.map(({ chunk }) => chunk.id);
  const mentions = await parts.graph.mentionsOfChunks(workspaceId, ids);
  const facts = await parts.graph.factsOfChunks(workspaceId, ids);
  const question = analyseQuestion(text);
  const chains = evidenceChains(question, evidencePool(chosen, mentions, facts));
  return { question, chains, found, chosen, mentions, facts };
}

const texts = (chain: EvidenceChain): string[] => chain.sentences.map(({ text }) => text);
const sure = [-0.05, -0.05];

describe('evidence chains', () => {
  it('are one sentence where one says it all', async () => {
    const { chains } = await chainsFor('When did the Terra Nova sink?');
    expect(texts(chains[0]!)).toEqual(['The Terra Nova sank off Greenland in 1943.']);
  });

  it('tie two sentences by the entity that the question asks for on the way', async () => {
    const { chains } = await chainsFor('In which town was the designer of the Fram born?');
    expect(texts(chains[0]!)).toEqual([
      'Colin Archer designed the Fram for Fridtjof Nansen.',
      'Colin Archer was born in the town of Larvik in 1832.',
    ]);
    expect(chains[0]!.bridges.map(({ name }) => name)).toEqual(['Colin Archer']);
  });

  it('point at what the question asks for, also without a reader', async () => {
    const answers = [
      ['In which town was the designer of the Fram born?', 'Larvik'],
      ['When did the Terra Nova sink?', '1943'],
      ['Who designed the Endurance?', 'Ole Aanderud Larsen'],
    ] as const;
    for (const [text, expected] of answers) {
      const { question, chains } = await chainsFor(text);
      const { candidate } = chains[0]!.sentences.at(-1)!;
      const span = likelyAnswer(question, chains[0]!)!;
      const { chunk } = candidate;
      expect(chunk.text.slice(span.start - chunk.start, span.end - chunk.start)).toBe(expected);
    }
  });

  it('make a path that goes from the question over facts to the answer', async () => {
    const { question, chains, found } = await chainsFor(
      'Who designed the ship in which Amundsen sailed to Antarctica?',
    );
    const chain = chains[0]!;
    const path = evidencePath(chain, evidenceOf(chain, undefined), question, found);
    const entities = path.steps.flatMap((step) => (step.kind === 'entity' ? [step.name] : []));
    expect(entities).toEqual(expect.arrayContaining(['Fram', 'Colin Archer']));
    expect(path.steps.filter((step) => step.kind === 'fact').length).toBe(2);
  });
});

describe('the verdict', () => {
  const verdict = async (question: string, answer: string, logprobs = sure): Promise<Verdict> => {
    const asked = await chainsFor(question);
    return judge(asked.question, { text: answer, logprobs, finished: true }, asked.chains);
  };

  it('takes an answer that is sure and stands in the evidence', async () => {
    const taken = await verdict('When did the Terra Nova sink?', ' 1943.');
    expect(taken).toMatchObject({ kind: 'generated', text: '1943' });
  });

  it('quotes instead when the reader is unsure', async () => {
    expect(await verdict('When did the Terra Nova sink?', '1943', [-0.1, -2.5])).toMatchObject({
      kind: 'extractive',
    });
  });

  it('takes an answer in words of its own if the evidence holds what it says', async () => {
    const long = Array.from({ length: 12 }, () => -0.2);
    const question = 'In which town was the designer of the Fram born?';
    const taken = await verdict(question, 'The designer, Colin Archer, was born in Larvik.', long);
    expect(taken).toMatchObject({ kind: 'generated', answerSpan: undefined });
    expect(
      (await verdict(question, 'The designer was born in Bergen, I believe.', long)).kind,
    ).toBe('extractive');
  });

  it('trusts a short answer by its first token, a long one by its mean', () => {
    expect(isSure([Math.log(0.7), -0.01])).toBe(false);
    expect(isSure([Math.log(0.7), ...Array.from({ length: 9 }, () => -0.1)])).toBe(true);
  });

  it('quotes instead when the words stand nowhere', async () => {
    expect((await verdict('When did the Terra Nova sink?', '1987')).kind).toBe('extractive');
  });

  it('quotes instead when the reader abstains although there is evidence', async () => {
    expect((await verdict('When did the Terra Nova sink?', 'not stated')).kind).toBe('extractive');
  });

  it('quotes instead when the reader only repeats the question', async () => {
    expect((await verdict('When did the Terra Nova sink?', 'Terra Nova')).kind).toBe('extractive');
  });

  it('abstains when no passage knows who the question is about', async () => {
    const asked = 'Who designed the ship in which Robert Peary sailed?';
    expect((await verdict(asked, 'Colin Archer')).kind).toBe('none');
  });

  it('does not abstain for a generic word that the passages do not use', async () => {
    expect((await verdict('What happened to the Terra Nova?', 'not stated')).kind).toBe(
      'extractive',
    );
  });

  it('abstains when the documents hold too little of the question', async () => {
    const asked = 'Which composer wrote the second violin concerto for Joshua Bell?';
    expect((await verdict(asked, 'Larvik')).kind).toBe('none');
  });

  it('points to the answer in the cited sentence', async () => {
    const { chains } = await chainsFor('In which town was the designer of the Fram born?');
    const { chain, answerSpan } = chainWith('larvik', chains)!;
    const text = SHIPS['Colin Archer'];
    expect(text.slice(answerSpan.start, answerSpan.end)).toBe('Larvik');
    expect(evidenceOf(chain, answerSpan).at(-1)!.answerSpan).toEqual(answerSpan);
  });

  it('knows an abstention from its first token on', () => {
    for (const text of ['', ' not', 'Not stated', 'not stated.'])
      expect(mayAbstain(text)).toBe(true);
    for (const text of ['notable', 'Larvik', 'nothing']) expect(mayAbstain(text)).toBe(false);
  });

  it('measures confidence as the geometric mean of token probabilities', () => {
    expect(confidenceOf([Math.log(0.5), Math.log(0.125)])).toBeCloseTo(0.25);
    expect(confidenceOf([])).toBe(0);
    expect(isSure([Math.log(0.9), Math.log(0.2)])).toBe(false);
  });
});

describe('finding words', () => {
  it('finds them folded, as whole words, with offsets of the text as it is', () => {
    const text = 'Die Gjøa lag in Tromsø, straße ß.';
    const found = findWords(text, 'tromso')!;
    expect(text.slice(found.start, found.end)).toBe('Tromsø');
    expect(findWords(text, 'trom')).toBeUndefined();
    expect(findWords(text, '')).toBeUndefined();
  });

  it('finds any run of words of any text again', () => {
    const word = fc.stringMatching(/^[A-Za-zÀ-ſ]{1,8}$/);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 8 }), fc.nat(), (all, pick) => {
        const text = all.join(' ');
        const wanted = all[pick % all.length]!;
        const found = findWords(text, wanted);
        expect(found).toBeDefined();
        expect(text.slice(found!.start, found!.end).length).toBeGreaterThan(0);
      }),
    );
  });
});

describe('focus ranges', () => {
  it('cover the names that several chosen chunks share, in the offsets of the prompt', async () => {
    const { chosen, mentions, facts } = await chainsFor(
      'In which town was the designer of the Fram born?',
    );
    const chunks = chosen.map(({ chunk }) => chunk);
    const ranges = focusRanges(chunks, mentions, facts, new Set());
    const archer = chunks.find((chunk) => chunk.headingPath[0] === 'Colin Archer')!;
    const strong = ranges.get(archer.id)!.filter(({ weight }) => weight === 0.3);
    const marked = strong.map(({ start, end }) => chunkPromptText(archer).slice(start, end));
    expect(marked).toContain('Colin Archer');
  });
});
