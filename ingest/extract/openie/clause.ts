import type { VerbFeatures } from './chunk.ts';

export type ClauseKind =
  /** A finite verb with its own subject. */
  | 'main'
  /** "who described it" */
  | 'relative'
  /** "... and became a justice" */
  | 'coordinate'
  /** "drawing comparisons", "based in Rome" */
  | 'participle'
  /** "after giving a speech" */
  | 'gerund'
  /** "to invade England" */
  | 'infinitive';

/** Chunks [from, to]. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

export interface Clause {
  readonly kind: ClauseKind;
  /** Chunk of the verb group. */
  readonly at: number;
  readonly verb: VerbFeatures;
  readonly subject: Range | undefined;
  /** "says Krishna": the subject stands behind the verb. */
  readonly inverted: boolean;
  /** Clause whose subject this one shares or whose verb it completes. */
  readonly governor: Clause | undefined;
  /** "the ship that he bought": what the relative word stands for, where it is not the subject. */
  readonly antecedent?: Range;
}
