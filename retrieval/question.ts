/** What can be read off a question before anything is searched. */
import type { EntityType } from '../graph/index.ts';
import { contentTerms } from './words.ts';

export interface Question {
  readonly text: string;
  /** Distinct stems of the words an answer's evidence should hold; the word for the asked type is not one. */
  readonly terms: readonly string[];
  /** Types of entity that the answer may have; empty if anything goes. */
  readonly answerTypes: readonly EntityType[];
  /** Types of the things a question leads over without naming them ("the director of"); empty if it tells none. */
  readonly linkTypes: ReadonlySet<EntityType>;
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

/** Words that stand for something of a type: a chain of facts is likely to lead over such a thing. */
const TYPE_WORDS: readonly (readonly [EntityType, RegExp])[] = [
  [
    'place',
    /\b(?:countr(?:y|ies)|nations?|states?|cit(?:y|ies)|towns?|villages?|count(?:y|ies)|provinces?|regions?|continents?|(?:birth ?)?places?|districts?|areas?|islands?|where|locations?|territor(?:y|ies)|located|born|birth)\b/iu,
  ],
  [
    'person',
    /\b(?:who|whom|whose|directors?|authors?|performers?|singers?|composers?|producers?|writers?|spouse|wife|husband|father|mother|child|son|daughter|siblings?|actors?|actress|person|presidents?|creators?|designers?|founders?|artists?|screenwriters?|characters?|king|queen|leaders?)\b/iu,
  ],
  [
    'organization',
    /\b(?:compan(?:y|ies)|organi[sz]ations?|schools?|universit(?:y|ies)|colleges?|teams?|bands?|groups?|labels?|clubs?|part(?:y|ies)|publishers?|networks?|associations?|institutions?|performers?|employers?|firms?|leagues?)\b/iu,
  ],
  ['work', /\b(?:films?|movies?|albums?|songs?|books?|novels?|shows?|series|works?|plays?)\b/iu],
];

function linkTypes(text: string): Set<EntityType> {
  return new Set(TYPE_WORDS.filter(([, words]) => words.test(text)).map(([type]) => type));
}

export function analyseQuestion(text: string): Question {
  const common = { text, linkTypes: linkTypes(text), nameTerms: nameTerms(text) };
  for (const { pattern, types } of PATTERNS) {
    const match = pattern.exec(text);
    if (!match) continue;
    const rest = match[1] ? text.replace(match[0], match[0].slice(0, -match[1].length)) : text;
    return { ...common, terms: distinctTerms(rest), answerTypes: types };
  }
  return { ...common, terms: distinctTerms(text), answerTypes: [] };
}

/** Stems of words written as names (capitalised, not the first word) and of numbers. */
export function nameTerms(text: string): string[] {
  const names = text.match(/(?<=\s)(?:\p{Lu}[\p{L}\p{M}]+|\p{N}{2,})/gu) ?? [];
  return distinctTerms(names.join(' ')).filter((term) => term.length > 1);
}

function distinctTerms(text: string): string[] {
  return [...new Set(text === '' ? [] : contentTerms(text))];
}
