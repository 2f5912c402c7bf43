/** A fact as places of words in the sentence. */

import type { TupleSource } from './confidence.ts';

/** Indices of words in the order in which they are said. */
export type Words = readonly number[];

export interface WordTuple {
  readonly subject: Words;
  /** Empty where no word says it: then `implied` does. */
  readonly relation: Words;
  readonly implied?: string;
  readonly args: readonly Words[];
  readonly negated: boolean;
  readonly confidence: number;
  readonly source: TupleSource;
}

/** [from, to] */
export function wordsBetween(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}
