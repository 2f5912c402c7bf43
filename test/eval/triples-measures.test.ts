import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { measureDomain, measureSentence, type Triple } from '../../bench/eval/triples/measures.ts';
import { porterStem } from '../../bench/eval/triples/porter.ts';

interface Case {
  readonly text: string;
  readonly truth: Triple[];
  readonly found: Triple[];
  readonly concepts: string[];
  readonly relations: string[];
  readonly gold: number[];
}

const file = join(import.meta.dirname, 'fixtures', 'text2kg-golden.json');
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: Case[] };

describe('the measures of Text2KGBench', () => {
  test.each(cases)('agree with its own script: $text', (one) => {
    const measured = measureSentence(one, one);
    const values = [
      measured.precision,
      measured.recall,
      measured.f1,
      measured.ontologyConformance,
      measured.relationHallucination,
      measured.subjectHallucination,
      measured.objectHallucination,
    ];
    for (const [index, value] of values.entries()) expect(value).toBeCloseTo(one.gold[index]!, 9);
  });

  test('leave out relations that the truth does not have; the strict ones do not', () => {
    const sentence = {
      text: 'A was directed by B.',
      truth: [['A', 'director', 'B']] as Triple[],
      found: [
        ['A', 'director', 'B'],
        ['A', 'cast member', 'B'],
      ] as Triple[],
    };
    const measured = measureDomain([sentence], {
      concepts: [],
      relations: ['director', 'cast member'],
    });
    expect(measured).toMatchObject({ precision: 1, recall: 1, f1: 1, triples: 2 });
    expect(measured.strict).toMatchObject({ precision: 0.5, recall: 1 });
  });

  test('stem as NLTK does', () => {
    const words = {
      dying: 'die',
      flies: 'fli',
      happy: 'happi',
      generalizations: 'gener',
      sky: 'sky',
      agreed: 'agre',
      hopping: 'hop',
    };
    for (const [word, stem] of Object.entries(words)) expect(porterStem(word)).toBe(stem);
  });
});
