/** How telling words are, by how many chunks of a pool hold them; and what share of a question a text covers. */
import type { Chunk } from '../graph/index.ts';
import { contentTerms } from './words.ts';

export interface TermWeights {
  weight(term: string): number;
  /** Weighted share of `terms` that occur in `held`, 0..1. */
  coverage(terms: readonly string[], held: ReadonlySet<string>): number;
}

export function termWeights(texts: readonly ReadonlySet<string>[]): TermWeights {
  const frequency = new Map<string, number>();
  for (const text of texts) {
    for (const term of text) frequency.set(term, (frequency.get(term) ?? 0) + 1);
  }
  const weight = (term: string): number => {
    const n = frequency.get(term) ?? 0;
    return Math.log(1 + (texts.length - n + 0.5) / (n + 0.5));
  };
  return {
    weight,
    coverage: (terms, held) => {
      // A word that stands nowhere (misspelt, inflected, generic) counts as the average of those that do.
      const known = terms.filter((term) => frequency.has(term)).map(weight);
      const average = known.length > 0 ? known.reduce((a, b) => a + b, 0) / known.length : 1;
      let covered = 0;
      let all = 0;
      for (const term of terms) {
        const w = frequency.has(term) ? weight(term) : average;
        all += w;
        if (held.has(term)) covered += w;
      }
      return all > 0 ? covered / all : 0;
    },
  };
}

export function termSet(text: string): Set<string> {
  return new Set(contentTerms(text));
}

/** Term sets of chunks, kept because the same chunks are met again and again. A chunk's id fixes its text. */
export class TermCache {
  readonly #sets = new Map<string, ReadonlySet<string>>();
  readonly #limit: number;

  constructor(limit = 20_000) {
    this.#limit = limit;
  }

  /** Terms of headings and text. */
  of(chunk: Pick<Chunk, 'id' | 'headingPath' | 'text'>): ReadonlySet<string> {
    let set = this.#sets.get(chunk.id);
    if (!set) {
      set = termSet(`${chunk.headingPath.join(' ')} ${chunk.text}`);
      if (this.#sets.size >= this.#limit) this.#sets.delete(this.#sets.keys().next().value!);
      this.#sets.set(chunk.id, set);
    }
    return set;
  }
}
