/** Which entities might be one: by their names, then by what surrounds the pairs whose names agree. */
import type { Entity, GraphStore } from '../types.ts';
import { candidatePairs } from './candidates.ts';
import { nameEvidence, numbersDiffer } from './name-evidence.ts';
import { partsOf, type NameParts } from './name-parts.ts';
import { nearestPairs } from './neighbours.ts';
import { pauses } from './pause.ts';
import type { Pause } from './pause.ts';
import { contextEvidence, PRIOR, probabilityOf, type EntityContext } from './score.ts';
import type { Evidence, IdentityRecord } from './types.ts';

export interface MergeSuggestion {
  /** The one with fewer mentions: it would become a part of the other. */
  readonly from: Entity;
  readonly into: Entity;
  /** 0..1 */
  readonly probability: number;
  /** The strongest first. */
  readonly evidence: readonly Evidence[];
}

export interface SuggestParts {
  readonly graph: GraphStore;
  /** Records that stand: pairs that were declared distinct are left out. */
  readonly standing: readonly IdentityRecord[];
  /** Unit vectors of chunks, for the likeness of contexts. */
  readonly chunkVectors?: (chunkIds: readonly string[]) => ReadonlyMap<string, Float32Array>;
  /** Unit vectors of names, by entity: neighbours among them are candidates too. */
  readonly nameVectors?: ReadonlyMap<string, Float32Array>;
}

export interface SuggestOptions {
  /** Default 50. */
  readonly limit?: number;
  /** Default 0.5. */
  readonly least?: number;
  /** The most mentioned ones; default 20,000. */
  readonly maxEntities?: number;
  readonly signal?: AbortSignal;
}

/** Pairs whose surroundings are looked at, the likeliest names first. */
const LOOKED_AT = 400;
const FACTS = 60;
const MENTIONS = 40;

/** The likeliest first; `complete` is false where there were more entities or pairs than were looked at. */
export async function suggestMerges(
  parts: SuggestParts,
  workspaceId: string,
  options: SuggestOptions = {},
): Promise<{ suggestions: MergeSuggestion[]; complete: boolean }> {
  const { limit = 50, least = 0.5, maxEntities = 20_000, signal } = options;
  const { entities, complete } = await mostMentioned(parts.graph, workspaceId, maxEntities);
  const byId = new Map(entities.map((entity) => [entity.id, entity]));
  const apart = distinctPairs(parts.standing);
  const pause = pauses(signal);
  const pairs = (await rankedPairs(entities, byId, parts.nameVectors, pause)).filter(
    ({ a, b }) => !apart.has(pairKey(a.id, b.id)),
  );
  const contexts = contextReader(parts, workspaceId);
  const found: MergeSuggestion[] = [];
  for (const { a, b, evidence } of pairs.slice(0, LOOKED_AT)) {
    signal?.throwIfAborted();
    const isAcronym = evidence.some((each) => each.feature === 'acronym');
    const around = contextEvidence(await contexts(a), await contexts(b), isAcronym);
    const all = [PRIOR, ...evidence, ...around].sort(byWeight);
    const probability = probabilityOf(all);
    if (probability < least) continue;
    const [into, from] = [a, b].sort(byStanding) as [Entity, Entity];
    found.push({ from, into, probability, evidence: all });
  }
  found.sort((x, y) => y.probability - x.probability || (x.from.id < y.from.id ? -1 : 1));
  return { suggestions: found.slice(0, limit), complete: complete && pairs.length <= LOOKED_AT };
}

async function mostMentioned(
  graph: GraphStore,
  workspaceId: string,
  most: number,
): Promise<{ entities: Entity[]; complete: boolean }> {
  const entities: Entity[] = [];
  for (let after: string | undefined; ;) {
    const page = await graph.entities(workspaceId, {}, { limit: 200, after });
    // What no text names itself is part of what texts say of others.
    entities.push(...page.data.filter((entity) => entity.mentionCount > 0));
    if (!page.hasMore) return { entities, complete: true };
    if (entities.length >= most) return { entities: entities.slice(0, most), complete: false };
    after = page.data.at(-1)?.id;
  }
}

interface RankedPair {
  readonly a: Entity;
  readonly b: Entity;
  readonly evidence: Evidence[];
}

async function rankedPairs(
  entities: readonly Entity[],
  byId: ReadonlyMap<string, Entity>,
  nameVectors: SuggestParts['nameVectors'],
  pause: Pause,
): Promise<RankedPair[]> {
  const partsOnce = new Map<string, NameParts>();
  const partsFor = ({ id, name }: { id: string; name: string }) => {
    let parts = partsOnce.get(id);
    if (!parts) partsOnce.set(id, (parts = partsOf(name)));
    return parts;
  };
  const pairs = new Map<string, RankedPair>();
  for (const { a, b } of await candidatePairs(entities, pause)) {
    await pause();
    const evidence = nameEvidence(partsFor(a), partsFor(b));
    if (evidence.length === 0 || isDescription(a.name, b.name, evidence)) continue;
    pairs.set(pairKey(a.id, b.id), { a: byId.get(a.id)!, b: byId.get(b.id)!, evidence });
  }
  const near = await nearestPairs(nameVectors ?? new Map(), { k: 5, least: 0.7 }, pause);
  for (const { a, b, cosine } of near) {
    const [one, two] = [byId.get(a), byId.get(b)];
    if (!one || !two) continue;
    const key = pairKey(a, b);
    const known = pairs.get(key)?.evidence ?? numbersDiffer(partsFor(one), partsFor(two));
    pairs.set(key, { a: one, b: two, evidence: [likeName(cosine), ...known] });
  }
  return [...pairs.values()]
    .map((pair) => ({ pair, score: probabilityOf(pair.evidence) }))
    .sort((x, y) => y.score - x.score)
    .map(({ pair }) => pair);
}

/**
 * "small sloop" beside "sloop", "mayor of Larvik" beside "Larvik": a description of it, or of something else, has more
 * words, and no capital where the longer name begins.
 */
function isDescription(a: string, b: string, evidence: readonly Evidence[]): boolean {
  const longer = a.length > b.length ? a : b;
  return (
    evidence.some(({ feature }) => feature === 'subset') && !/^[\p{Lu}\p{Lt}\p{N}]/u.test(longer)
  );
}

function likeName(cosine: number): Evidence {
  const detail = `the embeddings of their names have cosine ${cosine.toFixed(2)}`;
  return { feature: 'similar_name', value: (cosine - 0.7) / 0.3, weight: 2, detail };
}

function distinctPairs(standing: readonly IdentityRecord[]): ReadonlySet<string> {
  return new Set(
    standing.flatMap(({ decision }) =>
      decision.kind === 'distinct' ? [pairKey(decision.pair[0].id, decision.pair[1].id)] : [],
    ),
  );
}

function pairKey(a: string, b: string): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}

/** What surrounds an entity, asked for once. */
function contextReader({ graph, chunkVectors }: SuggestParts, workspaceId: string) {
  const known = new Map<string, EntityContext>();
  return async (entity: Entity): Promise<EntityContext> => {
    const seen = known.get(entity.id);
    if (seen) return seen;
    const facts = await graph.factsOfEntities(workspaceId, [entity.id], FACTS);
    const mentions = await graph.mentionsOfEntities(workspaceId, [entity.id], MENTIONS);
    const said = facts.flatMap((fact) => fact.support.map((each) => each.documentId));
    const chunkIds = [...new Set(mentions.map((mention) => mention.chunkId))];
    const context = {
      entity,
      facts,
      documents: new Set([...mentions.map((mention) => mention.documentId), ...said]),
      vector: chunkVectors && meanVector([...chunkVectors(chunkIds).values()]),
    };
    known.set(entity.id, context);
    return context;
  };
}

function meanVector(vectors: readonly Float32Array[]): Float32Array | undefined {
  const [first] = vectors;
  if (!first) return undefined;
  const sum = new Float32Array(first.length);
  for (const vector of vectors) for (let i = 0; i < sum.length; i++) sum[i]! += vector[i]!;
  const norm = Math.hypot(...sum);
  return norm === 0 ? undefined : sum.map((value) => value / norm);
}

function byWeight(a: Evidence, b: Evidence): number {
  return Math.abs(b.value * b.weight) - Math.abs(a.value * a.weight);
}

/** What more texts speak of keeps its name; then the longer name. */
function byStanding(a: Entity, b: Entity): number {
  return b.mentionCount - a.mentionCount || b.name.length - a.name.length || (a.id < b.id ? -1 : 1);
}
