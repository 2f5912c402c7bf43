/** What can honestly be said of a blended answer beside the one a full read gave. */
import type { Answer } from '../../api/contract/index.ts';

type Compared = Pick<Answer, 'kind' | 'text' | 'reader_text' | 'timings_ms'>;

export type Outcome = 'same' | 'different' | 'unknown';
export type Comparison = { outcome: Outcome; verdict: string; speed: string | null };

export function compareAnswers(blended: Compared, exact: Compared): Comparison {
  return { ...compareWords(blended, exact), speed: speedOf(blended, exact) };
}

const same = (a: string, b: string) => a.trim() === b.trim();

/**
 * Where sentences were quoted because the reader was unsure, that they are the same says nothing about
 * the blending: then the reader's own words, though not shown as the answer, are what is compared.
 */
function compareWords(blended: Compared, exact: Compared): Omit<Comparison, 'speed'> {
  if (!same(blended.text, exact.text))
    return { outcome: 'different', verdict: 'The answers differ.' };
  if (blended.kind === 'generated' && exact.kind === 'generated') {
    return { outcome: 'same', verdict: 'The same answer, word for word.' };
  }
  if (!same(blended.reader_text, exact.reader_text)) {
    return {
      outcome: 'different',
      verdict: 'The same sentences, but the reader wrote other words.',
    };
  }
  if (blended.reader_text.trim() === '') {
    return {
      outcome: 'unknown',
      verdict: 'The same sentences. The reader wrote nothing to compare.',
    };
  }
  return { outcome: 'same', verdict: 'The same sentences, and the reader wrote the same words.' };
}

function speedOf(blended: Compared, exact: Compared): string | null {
  if (!blended.timings_ms || !exact.timings_ms || blended.timings_ms.first_token <= 0) return null;
  const sooner = exact.timings_ms.first_token / blended.timings_ms.first_token;
  if (sooner >= 1.05)
    return `Blending brought the first token ${sooner.toFixed(1)} times sooner this time.`;
  return sooner > 0.95
    ? 'Both took about as long to the first token.'
    : 'The full read was not slower this time.';
}
