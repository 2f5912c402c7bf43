/**
 * What writing a document anew would do to the graph, without doing it. Asks the store only what its port
 * answers, so that every store has it.
 */
import { entityId, factId, normalizeName } from './names.ts';
import type { ChunkExtraction, Fact, GraphChange, GraphStore } from './types.ts';

/** A fact in words. */
export interface FactLine {
  readonly id: string;
  readonly subject: string;
  readonly relation: string;
  readonly object: string;
  readonly negated: boolean;
  readonly confidence: number;
}

export interface Affected<T> {
  readonly added: readonly T[];
  readonly removed: readonly T[];
  readonly kept: readonly T[];
}

export interface GraphPreview {
  readonly change: GraphChange;
  /** The most confident first. */
  readonly facts: Affected<FactLine>;
  /** By name. */
  readonly entities: Affected<EntityLine>;
}

export interface EntityLine {
  readonly id: string;
  readonly name: string;
}

export interface Replacement {
  readonly documentId: string;
  /** Chunks that the graph now holds of the document. */
  readonly chunkIds: readonly string[];
  /** What it would say; nothing if it is to be removed. Names are as the identity records have them. */
  readonly extractions: readonly ChunkExtraction[];
  /** An entity of which some other documents will say nothing any more either. */
  readonly leaving?: { readonly entityId: string; readonly documents: number };
}

/** The counts are those that `replaceDocument` would return, and what is `leaving` with them. */
export async function previewReplacement(
  graph: GraphStore,
  workspaceId: string,
  replacement: Replacement,
): Promise<GraphPreview> {
  const { documentId, chunkIds, extractions, leaving } = replacement;
  const said = saidIn(workspaceId, extractions);
  const held = await factsOfDocument(graph, workspaceId, documentId);
  const facts = await affectedFacts(graph, workspaceId, held, said.facts, documentId);
  const mentions = await graph.mentionsOfChunks(workspaceId, chunkIds);
  const before = new Map(mentions.map((mention) => [mention.entityId, mention.entityName]));
  for (const { subject, object } of held.values()) {
    before.set(subject.id, subject.name).set(object.id, object.name);
  }
  const entities = await affectedEntities(graph, workspaceId, before, said.entities, leaving);
  return { facts, entities, change: changeOf(facts, entities) };
}

function changeOf(facts: Affected<unknown>, entities: Affected<unknown>): GraphChange {
  return {
    factsAdded: facts.added.length,
    factsRemoved: facts.removed.length,
    factsKept: facts.kept.length,
    entitiesAdded: entities.added.length,
    entitiesRemoved: entities.removed.length,
    entitiesKept: entities.kept.length,
  };
}

interface SaidFact extends FactLine {
  readonly subjectId: string;
}

interface Said {
  readonly facts: ReadonlyMap<string, SaidFact>;
  /** Names by id. */
  readonly entities: ReadonlyMap<string, string>;
}

function saidIn(workspaceId: string, extractions: readonly ChunkExtraction[]): Said {
  const facts = new Map<string, SaidFact>();
  const entities = new Map<string, string>();
  const idOf = (name: string) => {
    const id = entityId(workspaceId, name);
    if (!entities.has(id)) entities.set(id, name);
    return id;
  };
  for (const { mentions, triples } of extractions) {
    for (const { name } of mentions) if (hasName(name)) idOf(name);
    for (const { subject, relation, object, negated, confidence } of triples) {
      if (!hasName(subject.name) || !hasName(object.name)) continue;
      const subjectId = idOf(subject.name);
      const id = factId(workspaceId, subjectId, relation.name, idOf(object.name), negated);
      const best = Math.max(confidence, facts.get(id)?.confidence ?? 0);
      const line = { subject: subject.name, relation: relation.name, object: object.name };
      facts.set(id, { id, ...line, negated, confidence: best, subjectId });
    }
  }
  return { facts, entities };
}

function hasName(name: string): boolean {
  return normalizeName(name) !== '';
}

async function affectedFacts(
  graph: GraphStore,
  workspaceId: string,
  held: ReadonlyMap<string, Fact>,
  said: Said['facts'],
  documentId: string,
): Promise<Affected<FactLine>> {
  const added: FactLine[] = [];
  const removed: FactLine[] = [];
  const kept: FactLine[] = [];
  for (const fact of held.values()) {
    const lives = said.has(fact.id) || fact.support.some((each) => each.documentId !== documentId);
    (lives ? kept : removed).push(lineOf(fact));
  }
  const known = knownFacts(graph, workspaceId);
  for (const { subjectId, ...line } of said.values()) {
    if (held.has(line.id)) continue;
    const exists = (await known(subjectId, line.relation)).has(line.id);
    (exists ? kept : added).push(line);
  }
  return { added: ranked(added), removed: ranked(removed), kept: ranked(kept) };
}

/** Ids of the facts that say `relation` of an entity, each pair asked for once. */
function knownFacts(graph: GraphStore, workspaceId: string) {
  const asked = new Map<string, Promise<ReadonlySet<string>>>();
  return (subjectId: string, relation: string): Promise<ReadonlySet<string>> => {
    const key = `${subjectId} ${relation}`;
    let answer = asked.get(key);
    if (!answer) {
      const filter = { entityId: subjectId, relation };
      answer = allFacts(graph, workspaceId, filter).then((facts) => new Set(facts.keys()));
      asked.set(key, answer);
    }
    return answer;
  };
}

async function affectedEntities(
  graph: GraphStore,
  workspaceId: string,
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
  leaving: Replacement['leaving'],
): Promise<Affected<EntityLine>> {
  const added: EntityLine[] = [];
  const removed: EntityLine[] = [];
  const kept: EntityLine[] = [];
  for (const [id, name] of before) {
    const documents = (await graph.entity(workspaceId, id))?.documentCount ?? 0;
    const others = documents - 1 - (leaving?.entityId === id ? leaving.documents : 0);
    (after.has(id) || others > 0 ? kept : removed).push({ id, name });
  }
  if (leaving && !before.has(leaving.entityId) && !after.has(leaving.entityId)) {
    const entity = await graph.entity(workspaceId, leaving.entityId);
    if (entity?.documentCount === leaving.documents)
      removed.push({ id: entity.id, name: entity.name });
  }
  for (const [id, name] of after) {
    if (before.has(id)) continue;
    const exists = (await graph.entity(workspaceId, id)) !== undefined;
    (exists ? kept : added).push({ id, name });
  }
  return { added: byName(added), removed: byName(removed), kept: byName(kept) };
}

function factsOfDocument(graph: GraphStore, workspaceId: string, documentId: string) {
  return allFacts(graph, workspaceId, { documentId });
}

async function allFacts(
  graph: GraphStore,
  workspaceId: string,
  filter: Parameters<GraphStore['facts']>[1],
): Promise<Map<string, Fact>> {
  const facts = new Map<string, Fact>();
  for (let after: string | undefined; ;) {
    const page = await graph.facts(workspaceId, filter, { limit: 200, after });
    for (const fact of page.data) facts.set(fact.id, fact);
    if (!page.hasMore) return facts;
    after = page.data.at(-1)?.id;
  }
}

function lineOf({ id, subject, relation, object, negated, confidence }: Fact): FactLine {
  return { id, subject: subject.name, relation, object: object.name, negated, confidence };
}

function ranked(lines: FactLine[]): FactLine[] {
  return lines.sort((a, b) => b.confidence - a.confidence || (a.id < b.id ? -1 : 1));
}

function byName(lines: EntityLine[]): EntityLine[] {
  return lines.sort((a, b) => (a.name < b.name ? -1 : 1));
}
