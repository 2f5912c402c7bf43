/** How well chunks match words, by the frequencies of the whole workspace: idf, coverage, BM25. */
import type { LexicalIndex } from '../graph/index.ts';
import {
  inverseFrequency,
  termWeights,
  type ChunkTerms,
  type TermWeights,
} from './term-weights.ts';
import type { Candidate, RetrievalParts } from './types.ts';
import { contentTerms, words } from './words.ts';

/** BM25's usual settings: saturation of counts, and how much long chunks are held back. */
const K1 = 1.2;
const B = 0.75;
/** Chunks that tell how long chunks are. */
const LENGTH_SAMPLE = 20;

/** Grows as a walk meets new names; one for each question. */
export class Relevance {
  readonly #lexical: LexicalIndex;
  readonly #workspaceId: string;
  readonly #averageLength: number;
  /** Used where the index does not tell how frequent words are. */
  readonly #pool: () => readonly ChunkTerms[];
  #poolWeights: TermWeights | undefined;
  readonly #frequency = new Map<string, number>();
  #chunks: number | undefined;

  /** @param found what the question found, best first */
  constructor(
    { lexical, terms }: Pick<RetrievalParts, 'lexical' | 'terms'>,
    workspaceId: string,
    found: readonly Candidate[],
  ) {
    this.#lexical = lexical;
    this.#workspaceId = workspaceId;
    this.#pool = () => found.map(({ chunk }) => terms.of(chunk));
    const sample = found.slice(0, LENGTH_SAMPLE).map(({ chunk }) => terms.of(chunk).length);
    const length = sample.reduce((a, b) => a + b, 0);
    this.#averageLength = Math.max(1, length / Math.max(1, sample.length));
  }

  /** Reads how frequent the words of these texts are; terms of other texts weigh as if nothing held them. */
  async learn(texts: Iterable<string>): Promise<void> {
    if (!this.#lexical.documentFrequency) return;
    this.#chunks ??= await this.#lexical.count(this.#workspaceId);
    const termOf = new Map<string, string>();
    for (const text of texts) {
      for (const word of words(text)) {
        const [term, ...others] = contentTerms(word);
        if (term !== undefined && others.length === 0 && !this.#frequency.has(term))
          termOf.set(word, term);
      }
    }
    if (termOf.size === 0) return;
    const counts = await this.#lexical.documentFrequency(this.#workspaceId, [...termOf.keys()]);
    for (const [word, term] of termOf) {
      // Forms of one word are one term: the most frequent form tells most.
      const n = Math.max(counts.get(word) ?? 0, this.#frequency.get(term) ?? 0);
      this.#frequency.set(term, n);
    }
  }

  weight(term: string): number {
    if (this.#chunks === undefined) {
      this.#poolWeights ??= termWeights(this.#pool());
      return this.#poolWeights.weight(term);
    }
    return inverseFrequency(this.#frequency.get(term) ?? 0, this.#chunks);
  }

  /** Number of chunks that weights refer to; undefined if only the pool is known. */
  get chunks(): number | undefined {
    return this.#chunks;
  }

  /** Weighted share of `terms` that `held` has, 0..1. */
  coverage(terms: readonly string[], held: { has(term: string): boolean }): number {
    let covered = 0;
    let all = 0;
    for (const term of terms) {
      const weight = this.weight(term);
      all += weight;
      if (held.has(term)) covered += weight;
    }
    return all > 0 ? covered / all : 0;
  }

  /** BM25 of distinct `terms` in a chunk. */
  bm25(terms: Iterable<string>, chunk: ChunkTerms): number {
    const norm = K1 * (1 - B + (B * chunk.length) / this.#averageLength);
    let sum = 0;
    for (const term of terms) {
      const count = chunk.count(term);
      if (count === 0) continue;
      sum += (this.weight(term) * count * (K1 + 1)) / (count + norm);
    }
    return sum;
  }
}
