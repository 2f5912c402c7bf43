/** What can be read off a question before anything is searched. */
import type { EntityType } from '../graph/index.ts';
import { contentTerms } from './words.ts';

export interface Question {
  readonly text: string;
  /** Distinct stems of the words an answer's evidence should hold; the word for the asked type is not one. */
  readonly terms: readonly string[];
  /** Types of entity that the answer may have; empty if anything goes. */
  readonly answerTypes: readonly EntityType[];
  /** Stems of words written as names (capitalised, not the first word) and of numbers. */
  readonly nameTerms: readonly string[];
}

interface AnswerPattern {
  readonly pattern: RegExp;
  readonly types: readonly EntityType[];
}

/** "which year" asks for a year: evidence says "in 1943", not "year". Group 1 is that word. */
const PATTERNS: readonly AnswerPattern[] = [
  {
    pattern:
      /\b(?:which|what) (?:\w+ )?(city|town|country|village|place|island|county|state|continent|region)\b/iu,
    types: ['place'],
  },
  { pattern: /\b(?:which|what) (year|date|day|month|century|decade)\b/iu, types: ['date'] },
  {
    pattern:
      /\b(?:which|what) (?:\w+ )?(firm|company|organi[sz]ation|school|university|publisher|club|team|band|party)\b/iu,
    types: ['organization', 'person', 'place'],
  },
  { pattern: /\b(?:who|whom|whose)\b/iu, types: ['person', 'organization'] },
  { pattern: /\bwhere\b/iu, types: ['place'] },
  { pattern: /\bwhen\b/iu, types: ['date'] },
  {
    pattern: /\bhow (?:many|much|long|far|tall|high|old|deep|heavy|large|big|wide)\b/iu,
    types: ['quantity', 'date'],
  },
];

export function analyseQuestion(text: string): Question {
  for (const { pattern, types } of PATTERNS) {
    const match = pattern.exec(text);
    if (!match) continue;
    const rest = match[1] ? text.replace(match[0], match[0].slice(0, -match[1].length)) : text;
    return { text, terms: distinctTerms(rest), answerTypes: types, nameTerms: nameTerms(text) };
  }
  return { text, terms: distinctTerms(text), answerTypes: [], nameTerms: nameTerms(text) };
}

function nameTerms(text: string): string[] {
  const names = text.match(/(?<=\s)(?:\p{Lu}[\p{L}\p{M}]+|\p{N}{2,})/gu) ?? [];
  return distinctTerms(names.join(' ')).filter((term) => term.length > 1);
}

function distinctTerms(text: string): string[] {
  return [...new Set(text === '' ? [] : contentTerms(text))];
}
