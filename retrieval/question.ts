/** What can be read off a question before anything is searched. */
import type { EntityType } from '../graph/index.ts';
import { contentTerms } from './words.ts';

export interface Question {
  readonly text: string;
  /** Distinct stemmed content words. */
  readonly terms: readonly string[];
  /** Types of entity that the answer may have; empty if anything goes. */
  readonly answerTypes: readonly EntityType[];
}

const ANSWER_TYPES: readonly (readonly [RegExp, readonly EntityType[]])[] = [
  [/\b(?:who|whom|whose)\b/iu, ['person', 'organization']],
  [
    /\b(?:where|(?:which|what) (?:\w+ )?(?:city|town|country|village|place|island|county|state|river))\b/iu,
    ['place'],
  ],
  [/\b(?:when|(?:which|what) (?:year|date|day|month|century))\b/iu, ['date']],
  [
    /\bhow (?:many|much|long|far|tall|high|old|deep|heavy|large|big|wide)\b/iu,
    ['quantity', 'date'],
  ],
];

export function analyseQuestion(text: string): Question {
  const match = ANSWER_TYPES.find(([pattern]) => pattern.test(text));
  return { text, terms: [...new Set(contentTerms(text))], answerTypes: match?.[1] ?? [] };
}
