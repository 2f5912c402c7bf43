/**
 * A graph store in which names are as the identity records have them. Works on every store: names are
 * resolved before they are written, so the store knows nothing of records. A document that was being written
 * while records changed is written again, and the caller of a change has the other ones written again
 * (see `IdentityEditor`). Ids of entities that were merged away lead to what they became in `entity`,
 * `factsOfEntities` and `neighbourhood`; elsewhere ids are taken as they are.
 */
import { ConflictError } from '../errors.ts';
import { entityId } from '../names.ts';
import type { Entity, GraphStore, SaidByDocument } from '../types.ts';
import { IdentityResolver } from './resolver.ts';
import type { IdentityStore } from './types.ts';

export function withIdentity(store: GraphStore, identity: IdentityStore): GraphStore {
  const resolverOf = cachedResolvers(identity);
  const now = (workspaceId: string, ids: readonly string[]): string[] => {
    const resolver = resolverOf(workspaceId);
    if (resolver.isEmpty) return [...ids];
    const outcomes = (id: string) => resolver.outcomes(id);
    return [...new Set(ids.flatMap((id) => (outcomes(id).includes(id) ? [id] : outcomes(id))))];
  };
  const only = (workspaceId: string, id: string): string => {
    const outcomes = resolverOf(workspaceId).outcomes(id);
    return outcomes.length === 1 ? outcomes[0]! : id;
  };
  return {
    ...store,
    ...writes(store, identity, resolverOf),

    entity: (ws, id) => store.entity(ws, only(ws, id)),
    entitiesByName: async (ws, names) =>
      withOutcomes(store, ws, names, await store.entitiesByName(ws, names), resolverOf(ws)),
    factsOfEntities: (ws, ids, limit) => store.factsOfEntities(ws, now(ws, ids), limit),
    neighbourhood: (ws, ids, options) => store.neighbourhood(ws, now(ws, ids), options),
  };
}

type ResolverOf = (workspaceId: string) => IdentityResolver;

function writes(
  store: GraphStore,
  identity: IdentityStore,
  resolverOf: ResolverOf,
): Pick<GraphStore, 'replaceDocument' | 'replaceDocuments'> {
  return {
    replaceDocument: async (ws, documentId, extractions) => {
      for (;;) {
        const revision = identity.revision(ws);
        const resolved = resolverOf(ws).resolve(documentId, extractions);
        const change = await store.replaceDocument(ws, documentId, resolved);
        if (identity.revision(ws) === revision) return change;
      }
    },
    ...(store.replaceDocuments && {
      replaceDocuments: async (ws, documents) => {
        const revision = identity.revision(ws);
        const change = await store.replaceDocuments!(ws, resolvedAll(documents, resolverOf(ws)));
        if (identity.revision(ws) === revision) return change;
        throw new ConflictError(
          'Entities were merged or split while documents were loaded in bulk.',
          'Load the documents again.',
        );
      },
    }),
  };
}

function* resolvedAll(
  documents: Iterable<SaidByDocument>,
  resolver: IdentityResolver,
): Iterable<SaidByDocument> {
  for (const { documentId, extractions } of documents) {
    yield { documentId, extractions: resolver.resolve(documentId, extractions) };
  }
}

/** A name that was merged away is found though no text spells what it became like that. */
async function withOutcomes(
  store: GraphStore,
  workspaceId: string,
  names: readonly string[],
  found: Map<string, Entity[]>,
  resolver: IdentityResolver,
): Promise<Map<string, Entity[]>> {
  if (resolver.isEmpty) return found;
  for (const name of names) {
    const id = entityId(workspaceId, name);
    if (!resolver.concerns(id)) continue;
    const known = found.get(name) ?? [];
    const missing = resolver
      .outcomes(id)
      .filter((outcome) => !known.some((entity) => entity.id === outcome));
    const more = await Promise.all(missing.map((outcome) => store.entity(workspaceId, outcome)));
    const all = [...known, ...more.filter((entity) => entity !== undefined)];
    if (all.length > known.length) found.set(name, all.sort(byRank));
  }
  return found;
}

/** As the port orders entities. */
function byRank(a: Entity, b: Entity): number {
  return b.mentionCount - a.mentionCount || (a.id < b.id ? -1 : 1);
}

/** One resolver a workspace, made anew when its records have changed, in whichever process. */
function cachedResolvers(identity: IdentityStore): ResolverOf {
  const cache = new Map<string, { revision: number; resolver: IdentityResolver }>();
  return (workspaceId) => {
    const revision = identity.revision(workspaceId);
    const known = cache.get(workspaceId);
    if (known?.revision === revision) return known.resolver;
    const resolver = new IdentityResolver(workspaceId, identity.standing(workspaceId));
    cache.set(workspaceId, { revision, resolver });
    return resolver;
  };
}
