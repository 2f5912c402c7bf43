/**
 * What a reader scores that only guesses: it knows which kind of thing is asked and names one of that kind. With
 * few candidates that looks like reading, so every figure stands beside these.
 */
import { exactMatch, tokenF1 } from './squad-score.ts';
import type { ReaderQuestion } from './question-file.ts';

export interface Guess {
  /** Means over all candidates of the context. */
  readonly randomEm: number;
  readonly randomF1: number;
  /** Of the candidate that the context names most often, the first of equals. */
  readonly frequentEm: number;
}

export function guess(question: ReaderQuestion): Guess {
  const candidates = question.candidates ?? namesAndNumbers(question.passages);
  if (candidates.length === 0) return { randomEm: 0, randomF1: 0, frequentEm: 0 };
  const mean = (score: (candidate: string) => number): number =>
    candidates.reduce((sum, each) => sum + score(each), 0) / candidates.length;
  return {
    randomEm: mean((each) => exactMatch(each, question.answers)),
    randomF1: mean((each) => tokenF1(each, question.answers)),
    frequentEm: exactMatch(mostFrequent(candidates), question.answers),
  };
}

const NAME_OR_NUMBER =
  /\p{Lu}[\p{L}’'-]+(?: (?:(?:of|the|de|von|van|and) )?\p{Lu}[\p{L}’'-]+){0,4}|\b\d[\d,.]*\b/gu;

/** Where the asked relation is not known, any name or number of the passages may be the answer. */
function namesAndNumbers(passages: readonly string[]): string[] {
  return passages.flatMap((passage) => passage.match(NAME_OR_NUMBER) ?? []);
}

function mostFrequent(candidates: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const each of candidates) counts.set(each, (counts.get(each) ?? 0) + 1);
  return [...counts].reduce((best, each) => (each[1] > best[1] ? each : best))[0];
}
