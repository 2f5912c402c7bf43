/** What stands around a name in a document: the other names there, as written, whatever records say of them. */
import { entityId } from '../names.ts';
import type { ChunkExtraction } from '../types.ts';

/** Ids of all names in a document. */
export function cuesOf(
  workspaceId: string,
  extractions: readonly ChunkExtraction[],
): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { mentions, triples } of extractions) {
    for (const mention of mentions) names.add(mention.name);
    for (const { subject, object } of triples) names.add(subject.name).add(object.name);
  }
  return new Set([...names].map((name) => entityId(workspaceId, name)));
}
