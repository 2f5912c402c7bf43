/**
 * Whether one name stands for several things: documents that mention it are grouped by the other names in
 * them. One sense per document (Gale, Church and Yarowsky 1992); groups are the connected components of
 * documents that share a name which is not in most of them.
 */
import { entityId } from '../names.ts';
import type { ChunkExtraction } from '../types.ts';
import { cuesOf } from './context.ts';
import type { EntityRef } from './types.ts';

export interface SuggestedSense {
  readonly name: string;
  readonly documents: readonly string[];
  /** See `Sense.cues`. */
  readonly cues: Readonly<Record<string, number>>;
  /** Names that speak for it, the strongest first. */
  readonly because: readonly string[];
}

export interface SplitSuggestion {
  readonly entity: EntityRef;
  /** Two or more, the largest first; it takes the rest. */
  readonly senses: readonly SuggestedSense[];
}

export interface SaidDocument {
  readonly documentId: string;
  readonly extractions: readonly ChunkExtraction[];
}

const FEWEST_DOCUMENTS = 2;
const CUES = 12;

/** Undefined where all documents hang together, or too little is known. */
export function suggestSplit(
  workspaceId: string,
  entity: EntityRef,
  documents: readonly SaidDocument[],
): SplitSuggestion | undefined {
  const contexts = documents.map(({ documentId, extractions }) => ({
    documentId,
    cues: [...cuesOf(workspaceId, extractions)].filter((id) => id !== entity.id),
  }));
  const frequency = new Map<string, number>();
  for (const { cues } of contexts)
    for (const cue of cues) frequency.set(cue, (frequency.get(cue) ?? 0) + 1);
  const tells = (cue: string) => {
    const count = frequency.get(cue)!;
    return count >= 2 && count <= documents.length / 2 + 1;
  };
  const groups = componentsOf(contexts, tells).filter((group) => group.length >= FEWEST_DOCUMENTS);
  if (groups.length < 2) return undefined;
  const names = namesById(workspaceId, documents);
  const taken = new Set<string>();
  const senses = groups.map((group) => senseOf(entity, group, groups, names, taken));
  return { entity, senses };
}

interface Context {
  readonly documentId: string;
  readonly cues: readonly string[];
}

/** The largest first; then by the first document. */
function componentsOf(contexts: readonly Context[], tells: (cue: string) => boolean): Context[][] {
  const parent = contexts.map((_, i) => i);
  const root = (i: number): number => (parent[i] === i ? i : (parent[i] = root(parent[i]!)));
  const holder = new Map<string, number>();
  contexts.forEach(({ cues }, i) => {
    for (const cue of cues.filter(tells)) {
      const other = holder.get(cue);
      if (other === undefined) holder.set(cue, i);
      else parent[root(i)] = root(other);
    }
  });
  const groups = new Map<number, Context[]>();
  contexts.forEach((context, i) => {
    groups.set(root(i), [...(groups.get(root(i)) ?? []), context]);
  });
  return [...groups.values()].sort(
    (a, b) => b.length - a.length || (a[0]!.documentId < b[0]!.documentId ? -1 : 1),
  );
}

function senseOf(
  entity: EntityRef,
  group: readonly Context[],
  all: readonly (readonly Context[])[],
  names: ReadonlyMap<string, string>,
  taken: Set<string>,
): SuggestedSense {
  const share = (contexts: readonly Context[], cue: string) =>
    contexts.filter(({ cues }) => cues.includes(cue)).length / contexts.length;
  const others = all.filter((other) => other !== group).flat();
  const cues = [...new Set(group.flatMap((context) => context.cues))]
    .map((cue) => ({ cue, weight: share(group, cue) - share(others, cue) }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight || (a.cue < b.cue ? -1 : 1))
    .slice(0, CUES);
  const because = cues.map(({ cue }) => names.get(cue)!);
  const label = because.find((name) => !taken.has(name)) ?? `${taken.size + 1}`;
  taken.add(label);
  return {
    name: `${entity.name} (${label})`,
    documents: group.map((context) => context.documentId),
    cues: Object.fromEntries(cues.map(({ cue, weight }) => [cue, weight])),
    because,
  };
}

function namesById(
  workspaceId: string,
  documents: readonly SaidDocument[],
): ReadonlyMap<string, string> {
  const names = documents.flatMap(({ extractions }) =>
    extractions.flatMap(({ mentions, triples }) => [
      ...mentions.map((mention) => mention.name),
      ...triples.flatMap(({ subject, object }) => [subject.name, object.name]),
    ]),
  );
  return new Map([...new Set(names)].sort().map((name) => [entityId(workspaceId, name), name]));
}
