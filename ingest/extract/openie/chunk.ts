/** A piece of a sentence that the clause grammar works on. */

export type ChunkKind =
  | 'np'
  | 'vg'
  | 'prep'
  | 'sub'
  | 'rel'
  | 'cc'
  | 'comma'
  | 'stop'
  | 'quote'
  | 'open'
  | 'close'
  | 'adv'
  | 'adj'
  | 'other';

/** Words [from, to] of the sentence. */
export interface Chunk {
  readonly kind: ChunkKind;
  readonly from: number;
  readonly to: number;
  /** Lower-case text of prepositions, conjunctions and relative words; head word of a noun phrase. */
  readonly word: string;
  readonly verb?: VerbFeatures;
  readonly isPronoun?: boolean;
  readonly isTime?: boolean;
  /** Ends in a proper name. */
  readonly isName?: boolean;
}

export interface VerbFeatures {
  finite: boolean;
  /** A lone past form that may be a participle. */
  readonly ambiguous: boolean;
  readonly infinitive: boolean;
  readonly gerund: boolean;
  readonly passive: boolean;
  readonly copula: boolean;
  readonly negated: boolean;
  /** Index of the last verb word; a particle may follow it. */
  readonly main: number;
}
