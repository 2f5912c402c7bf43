/** Which raw arguments and triples say too little to be kept. */

import type { RawTriple } from './clauses.ts';
import type { Argument } from './phrase.ts';

/** "wanted a ship": one plain word with "a" says something only behind "is". */
export function saysLittle({ relation, object }: RawTriple): boolean {
  if (
    object.kind !== 'common' ||
    /^(is|was|became|become|becomes|remained|is as|known as|worked as|serve\w* as)$/.test(relation)
  )
    return false;
  return object.of === undefined && !/\s/.test(object.surface) && object.determiner !== '';
}

/** "the men", "its name", "this": single plain words that name nothing by themselves. */
export function isVague(argument: Argument): boolean {
  if (argument.kind !== 'common') return false;
  if (/\b(its|his|her|their|my|our|your|own)\b/i.test(argument.surface)) return true;
  if (
    /^(its|his|her|their|my|our|your|this|that|these|those|such|another|other)$/.test(
      argument.determiner,
    )
  )
    return true;
  return (
    argument.of === undefined &&
    argument.owner === undefined &&
    argument.definite &&
    !/\s/.test(argument.surface)
  );
}
