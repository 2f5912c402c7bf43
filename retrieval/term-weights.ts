/** How telling words are, and what share of a question a text covers; the terms of chunks, kept. */
import type { Chunk } from '../graph/index.ts';
import { TermTable } from './term-table.ts';
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
export function termWeights(texts: readonly Holder[]): TermWeights {
  const known = new Map<string, number>();
  const frequency = (term: string): number => {
    let n = known.get(term);
    if (n === undefined) known.set(term, (n = texts.filter((text) => text.has(term)).length));
    return n;
  };
  const weight = (term: string): number => inverseFrequency(frequency(term), texts.length);
  return {
    weight,
    coverage: (terms, held) => {
      // A word that stands nowhere (misspelt, inflected, generic) counts as the average of those that do.
      const found = terms.filter((term) => frequency(term) > 0).map(weight);
      const average = found.length > 0 ? found.reduce((a, b) => a + b, 0) / found.length : 1;
      let covered = 0;
      let all = 0;
      for (const term of terms) {
        const w = frequency(term) > 0 ? weight(term) : average;
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

/** Written words and terms above which a new table is begun; chunks keep the one they were read with. */
const MOST_WORDS = 1_000_000;
let table = new TermTable();
/** Counts by term number, all zero between uses. */
let sums = new Float32Array(1 << 12);

/** The terms of a chunk's headings and text with their counts. */
export class ChunkTerms {
  /** In terms. */
  readonly length: number;
  readonly #table: TermTable;
  /** Distinct terms by number, in the order of the text, and the count of each. */
  readonly #numbers: Int32Array;
  readonly #counts: Float32Array;

  constructor({ headingPath, text }: Pick<Chunk, 'headingPath' | 'text'>) {
    if (table.size > MOST_WORDS) table = new TermTable();
    this.#table = table;
    const numbers: number[] = [];
    const add = (part: string, count: number): number => {
      let terms = 0;
      const visit = (term: number): void => {
        if (term >= sums.length) sums = doubled(sums, term);
        if (sums[term] === 0) numbers.push(term);
        sums[term]! += count;
        terms++;
      };
      table.eachTerm(part, visit);
      if (terms === 0) table.addAll(contentTerms(part), visit);
      return terms;
    };
    this.length = add(headingPath.join(' '), TITLE_COUNT) + add(text, 1);
    this.#numbers = Int32Array.from(numbers);
    this.#counts = Float32Array.from(numbers, (term) => sums[term]!);
    for (const term of numbers) sums[term] = 0;
  }

  has(term: string): boolean {
    return this.count(term) > 0;
  }

  /** How often it holds the term, a title's words counting more; 0 if it does not. */
  count(term: string): number {
    const number = this.#table.find(term);
    const place = number < 0 ? -1 : this.#numbers.indexOf(number);
    return place < 0 ? 0 : this.#counts[place]!;
  }

  /** Share of its distinct terms that `other` holds too, 0..1. */
  sharedWith(other: ChunkTerms): number {
    if (this.#numbers.length === 0) return 1;
    if (this.#table !== other.#table) return 0;
    const held = new Set(other.#numbers);
    let shared = 0;
    for (const term of this.#numbers) if (held.has(term)) shared++;
    return shared / this.#numbers.length;
  }
}

function doubled(from: Float32Array<ArrayBuffer>, atLeast: number): Float32Array<ArrayBuffer> {
  const to = new Float32Array(Math.max(2 * from.length, atLeast + 1));
  to.set(from);
  return to;
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
