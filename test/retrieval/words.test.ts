import { describe, expect, it } from 'vitest';
import { analyseQuestion } from '../../retrieval/question.ts';
import { stem } from '../../retrieval/stems.ts';
import { contentTerms, nGrams, words } from '../../retrieval/words.ts';

describe('words', () => {
  it('folds accents and drops possessive endings', () => {
    expect(words("Nansen's café, Gjøa’s crew")).toEqual(['nansen', 'cafe', 'gjoa', 'crew']);
  });

  it('keeps words of other scripts, marks included', () => {
    expect(words('Москва и 東京')).toEqual(['москва', 'и', '東京']);
    expect(words('हिन्दी में')).toEqual(['हिन्दी', 'में']);
  });

  it('takes scripts without spaces apart, so that a question meets a passage', () => {
    const asked = contentTerms('フラム号を設計したのは誰ですか');
    const said = new Set(contentTerms('コリン・アーチャーはフラム号を設計した。'));
    expect(asked.filter((term) => said.has(term)).length).toBeGreaterThan(asked.length / 2);
    expect(nGrams('東京はどこ', 2)).toContain('東京');
  });

  it('drops stop words, but not when nothing else is there', () => {
    expect(contentTerms('Who was the captain?')).toEqual([stem('captain')]);
    expect(contentTerms('Who was it?')).not.toEqual([]);
  });

  it('brings forms of one word together', () => {
    for (const forms of [
      ['sink', 'sank', 'sunk', 'sinking', 'sinks'],
      ['build', 'built', 'builder', 'building', 'builds'],
      ['design', 'designed', 'designer', 'designing', 'designs'],
      ['die', 'died', 'dies', 'dying'],
      ['plan', 'planned', 'planning', 'plans'],
      ['name', 'named', 'names'],
      ['city', 'cities'],
    ]) {
      expect(new Set(forms.map(stem)).size, forms.join()).toBe(1);
    }
  });

  it('keeps different words apart', () => {
    expect(stem('ship')).not.toBe(stem('shop'));
    expect(stem('glass')).toBe('glass');
  });

  it('lists every run of words up to a length once', () => {
    expect(nGrams('a b a b', 2).toSorted()).toEqual(['a', 'a b', 'b', 'b a']);
  });
});

describe('question analysis', () => {
  it.each([
    ['Who designed the Fram?', ['person', 'organization']],
    ['Where was he born?', ['place']],
    ['In which town was she born?', ['place']],
    ['In which year did it sink?', ['date']],
    ['How much did they pay?', ['quantity', 'date']],
    ['What drove the dynamo?', []],
  ])('reads the type of answer off %s', (question, types) => {
    expect(analyseQuestion(question).answerTypes).toEqual(types);
  });

  it('does not look for the word that only names the type', () => {
    expect(analyseQuestion('In which year did the Terra Nova sink?').terms).not.toContain('year');
  });
});
