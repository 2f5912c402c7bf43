import { describe, expect, it } from 'vitest';
import { abstention, answerRow, type Answered } from '../../bench/eval/reader/answer-scores.ts';
import { bm25 } from '../../bench/eval/reader/bm25.ts';
import { guess } from '../../bench/eval/reader/guesses.ts';
import { roomForEach } from '../../bench/eval/reader/reader-under-test.ts';
import { exactMatch, normalizeAnswer, tokenF1 } from '../../bench/eval/reader/squad-score.ts';

describe('scores of answers', () => {
  // Golden values: evaluate-v1.1.py of SQuAD.
  it('normalise as SQuAD does: case, punctuation, articles and space', () => {
    expect(normalizeAnswer('The  Eiffel-Tower, (Paris)!')).toBe('eiffeltower paris');
    expect(normalizeAnswer('an A-team theatre')).toBe('ateam theatre');
    expect(normalizeAnswer('“Zürich”')).toBe('“zürich”');
    expect(normalizeAnswer('the')).toBe('');
  });

  it('take the best gold answer', () => {
    expect(exactMatch('Denver Broncos.', ['Panthers', 'the Denver Broncos'])).toBe(1);
    expect(exactMatch('Broncos', ['the Denver Broncos'])).toBe(0);
    expect(tokenF1('Broncos', ['Panthers', 'the Denver Broncos'])).toBeCloseTo(2 / 3);
  });

  it('count a repeated word as often as the gold answer has it', () => {
    expect(tokenF1('New New York', ['New York'])).toBeCloseTo(0.8);
  });

  it('give nothing for words in common with nothing', () => {
    expect(tokenF1('', ['Paris'])).toBe(0);
    expect(tokenF1('Paris', [])).toBe(0);
  });
});

const question = (answers: string[], candidates?: string[]) => ({
  id: 'q',
  question: 'Where?',
  answers,
  passages: ['Places\nAnna lives in Rome. Bert lives in Oslo.'],
  kind: '1-hop',
  candidates,
});
const answered = (answers: string[], text: string): Answered => ({
  question: question(answers, ['Rome', 'Oslo']),
  said: {
    text,
    abstained: text === 'not stated',
    firstChance: 0.5,
    promptTokens: 100,
    recomputedTokens: 10,
    cut: false,
  },
});

describe('baselines that guess', () => {
  it('name a random object, or the most frequent one, of the asked relation', () => {
    expect(guess(question(['Rome'], ['Rome', 'Oslo', 'Rome', 'Bonn']))).toMatchObject({
      randomEm: 0.5,
      frequentEm: 1,
    });
    expect(guess(question(['Bonn'], ['Rome', 'Oslo', 'Rome', 'Bonn']))).toMatchObject({
      randomEm: 0.25,
      frequentEm: 0,
    });
  });

  it('name a random name of the passages where the relation is not known', () => {
    // Places, Anna, Rome, Bert, Oslo.
    expect(guess(question(['Oslo'])).randomEm).toBeCloseTo(1 / 5);
  });

  it('are never right where nothing is the answer', () => {
    expect(guess(question([], [])).randomEm).toBe(0);
  });
});

describe('rows of the report', () => {
  it('count an abstention as right only where the passages hold no answer', () => {
    const row = answerRow('set', 'full', [
      answered(['Rome'], 'rome'),
      answered(['Rome'], 'not stated'),
      answered([], 'not stated'),
      answered([], 'Oslo'),
    ]);
    expect(row).toMatchObject({ n: 4, em: 0.5, f1: 0.5, abstained: 0.5, recomputed: 0.1 });
    expect(row.guessEm).toBe(0.25);
    expect(row).toMatchObject({ sure: 0, emWhenSure: undefined });
  });

  it('tell how often a sure first token is right', () => {
    const sure = (each: Answered): Answered => ({
      ...each,
      said: { ...each.said, firstChance: 0.9 },
    });
    const row = answerRow('set', 'full', [
      sure(answered(['Rome'], 'Rome')),
      sure(answered(['Rome'], 'Oslo')),
      answered(['Rome'], 'Rome'),
      answered(['Rome'], 'Oslo'),
    ]);
    expect(row).toMatchObject({ sure: 0.5, emWhenSure: 0.5 });
  });

  it('measure abstaining by precision and recall', () => {
    const all = [
      answered(['Rome'], 'not stated'),
      answered(['Rome'], 'Rome'),
      answered([], 'not stated'),
      answered([], 'Oslo'),
      answered([], 'not stated'),
    ];
    expect(abstention('set', all)).toEqual({
      set: 'set',
      unanswerable: 3,
      answerable: 2,
      precision: 2 / 3,
      recall: 2 / 3,
    });
    expect(abstention('set', all.slice(0, 2))).toBeUndefined();
  });
});

describe('passages too long for the model', () => {
  it('are cut to one length, so that short ones stay whole', () => {
    expect(roomForEach([10, 20, 30], 60)).toBe(Number.POSITIVE_INFINITY);
    expect(roomForEach([100, 10, 100], 110)).toBe(50);
    expect(roomForEach([100, 100], 0)).toBe(0);
  });
});

describe('BM25', () => {
  it('ranks the passage with the rarer words of the question first', () => {
    const scores = bm25(['the river Rhine', 'the river Main', 'a town on the river']).scores(
      'Where is the river Main?',
    );
    expect(scores.indexOf(Math.max(...scores))).toBe(1);
    expect(scores[0]).toBeGreaterThan(0);
  });
});
