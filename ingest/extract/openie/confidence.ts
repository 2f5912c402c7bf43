/**
 * How far tuples of a construction are to be trusted: the mean share of their words that annotators agree with,
 * rounded, on CaRB's development sentences (both halves agree within 0.05 where a construction is frequent).
 */

import type { Complement } from './arguments.ts';
import type { ClauseKind } from './clause.ts';

export type TupleSource =
  | { readonly clause: ClauseKind; readonly complement: Complement['kind'] | 'none' }
  | 'report'
  | 'apposition'
  | 'place'
  | 'role'
  | 'possessive';

const NOMINAL = { report: 0.72, apposition: 0.38, place: 0.6, role: 0.3, possessive: 0.2 } as const;

/** 0 where the construction says too little to be kept. */
export function tupleConfidence(source: TupleSource): number {
  if (typeof source === 'string') return NOMINAL[source];
  const { clause, complement } = source;
  switch (clause) {
    case 'main':
      return finite(complement);
    case 'relative':
      return complement === 'none' ? 0.6 : finite(complement) - 0.08;
    case 'coordinate':
      return complement === 'none' ? 0 : finite(complement) - 0.04;
    case 'participle':
      return complement === 'none' ? 0 : complement === 'prep' ? 0.59 : 0.4;
    case 'gerund':
      return complement === 'none' ? 0 : complement === 'prep' ? 0.55 : 0.37;
    case 'infinitive':
      return complement === 'none' ? 0.45 : 0.41;
  }
}

function finite(complement: Complement['kind'] | 'none'): number {
  switch (complement) {
    case 'object':
      return 0.68;
    case 'prep':
    case 'clause':
      return 0.71;
    case 'adverbial':
    case 'time':
      return 0.65;
    case 'adj':
      return 0.57;
    case 'none':
      return 0.55;
    case 'infinitive':
      return 0.3;
  }
}
