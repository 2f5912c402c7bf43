/** The relations of a schema that hold of one object at a time, beside those that always do. */

import { DEFAULT_FUNCTIONAL, type FunctionalRelation, type Schema } from '../../graph/index.ts';

export function functionalRelations(schema: Schema | undefined): readonly FunctionalRelation[] {
  const own = (schema?.relations ?? [])
    .flatMap((one) => (one.functional ? [one.label, ...one.aliases] : []))
    .map((relation) => ({ relation, each: 'subject' as const }));
  return [...DEFAULT_FUNCTIONAL, ...own];
}
