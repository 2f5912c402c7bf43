/** How telling words are, and what share of a question a text covers; the terms of chunks, kept. */
import type { Chunk } from '../graph/index.ts';
import { contentTerms } from './words.ts';

/** Anything that can say whether it holds a term. */
interface Holder {
  has(term: string): boolean;
}

export interface TermWeights {
  weight(term: string): number;
  /** Weighted share of `terms` that occur in `held`, 0..1. */
  coverage(terms: readonly string[], held: Holder): number;
}

/** Weights by how many texts of a pool hold a term. */
export function termWeights(
  texts: readonly (Iterable<string> & { readonly size: number })[],
): TermWeights {
  const frequency = new Map<string, number>();
  for (const text of texts) {
    for (const term of text) frequency.set(term, (frequency.get(term) ?? 0) + 1);
  }
  const weight = (term: string): number => inverseFrequency(frequency.get(term) ?? 0, texts.length);
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

/** BM25's weight of a term that `n` of `all` texts hold; never negative. */
export function inverseFrequency(n: number, all: number): number {
  return Math.log(1 + Math.max(0, all - n + 0.5) / (n + 0.5));
}

export function termSet(text: string): Set<string> {
  return new Set(contentTerms(text));
}

/** What a title's word counts against a word of the text; as in the lexical index. */
const TITLE_COUNT = 2.5;

/** The terms of a chunk's headings and text with their counts. */
export class ChunkTerms {
  readonly counts: ReadonlyMap<string, number>;
  /** In terms. */
  readonly length: number;

  constructor({ headingPath, text }: Pick<Chunk, 'headingPath' | 'text'>) {
    const counts = new Map<string, number>();
    const add = (terms: readonly string[], count: number): void => {
      for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + count);
    };
    const heading = contentTerms(headingPath.join(' '));
    const body = contentTerms(text);
    add(heading, TITLE_COUNT);
    add(body, 1);
    this.counts = counts;
    this.length = heading.length + body.length;
  }

  has(term: string): boolean {
    return this.counts.has(term);
  }

  get size(): number {
    return this.counts.size;
  }

  [Symbol.iterator](): Iterator<string> {
    return this.counts.keys();
  }
}

/** Terms of chunks, kept because the same chunks are met again and again. A chunk's id fixes its text. */
export class TermCache {
  readonly #terms = new Map<string, ChunkTerms>();
  readonly #limit: number;

  constructor(limit = 20_000) {
    this.#limit = limit;
  }

  of(chunk: Pick<Chunk, 'id' | 'headingPath' | 'text'>): ChunkTerms {
    let terms = this.#terms.get(chunk.id);
    if (!terms) {
      terms = new ChunkTerms(chunk);
      if (this.#terms.size >= this.#limit) this.#terms.delete(this.#terms.keys().next().value!);
      this.#terms.set(chunk.id, terms);
    }
    return terms;
  }
}
