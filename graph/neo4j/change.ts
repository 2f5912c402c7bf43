/**
 * What a change of documents does to facts and entities, worked out from the rows that go, the rows that come
 * and the state of what they touch. Reads and writes nothing.
 */
import type { GraphChange } from '../types.ts';
import type { Said, SaidSupport } from './said.ts';
import { countEnd, countMention, derive, emptyTally } from './tally.ts';
import type { Derived, Tally } from './tally.ts';

export interface EntityState {
  readonly tally: Tally;
  readonly factCount: number;
  readonly documentCount: number;
}

export interface FactState {
  /** Keys of the chunks that support it. */
  readonly places: readonly string[];
  readonly confidence: number;
}

export interface FactChange {
  readonly id: string;
  readonly subjectId: string;
  readonly objectId: string;
  readonly relation: string;
  readonly negated: boolean;
  /** In how many chunks it was said before; 0: the fact is new. */
  readonly placesBefore: number;
  /** Keys of the chunks that say it now; none: the fact goes. */
  readonly places: readonly string[];
  /** Highest of what is known: see `othersToAsk`. */
  readonly confidence: number;
  /** Chunks of other documents that may say it with more confidence than is known here. */
  readonly othersToAsk: readonly string[];
}

export interface EntityChange {
  readonly id: string;
  readonly before: Derived | undefined;
  readonly after: Derived | undefined;
  readonly tally: Tally;
  readonly factCount: number;
  readonly documentCount: number;
}

export interface Rows {
  readonly removed: Said;
  readonly added: Said;
  /** All that the documents said, and all that they say now. */
  readonly before: Said;
  readonly after: Said;
}

/** `placeOf`: the key of the chunk of a row. */
export function factChanges(
  rows: Rows,
  states: ReadonlyMap<string, FactState>,
  placeOf: (row: SaidSupport) => string,
): FactChange[] {
  const lost = new Set(rows.removed.supports.map((row) => row.factId));
  const touched = new Map<string, Touched>();
  for (const row of [...rows.removed.supports, ...rows.added.supports]) {
    if (touched.has(row.factId)) continue;
    touched.set(row.factId, { row, before: new Set(), after: new Set(), best: 0 });
  }
  for (const row of rows.before.supports) touched.get(row.factId)?.before.add(placeOf(row));
  for (const row of rows.after.supports) {
    const fact = touched.get(row.factId);
    fact?.after.add(placeOf(row));
    if (fact) fact.best = Math.max(fact.best, row.confidence);
  }
  return [...touched].map(([id, fact]) => factChange(id, fact, states.get(id), lost.has(id)));
}

interface Touched {
  /** Any of its rows. */
  readonly row: SaidSupport;
  /** Chunks of the changed documents that said it, and that say it now. */
  readonly before: Set<string>;
  readonly after: Set<string>;
  /** Highest confidence with which these documents say it now. */
  best: number;
}

function factChange(
  id: string,
  { row, before, after, best }: Touched,
  state: FactState = { places: [], confidence: 0 },
  lostSupport: boolean,
): FactChange {
  const others = before.size === 0 ? state.places : state.places.filter((key) => !before.has(key));
  return {
    id,
    subjectId: row.subject.id,
    objectId: row.object.id,
    relation: row.relation,
    negated: row.negated,
    placesBefore: state.places.length,
    places: [...others, ...after],
    confidence: lostSupport ? best : Math.max(state.confidence, best),
    othersToAsk: lostSupport && best < state.confidence ? others : [],
  };
}

/** Entities that some row names; `facts` are those that `factChanges` gave. */
export function entityChanges(
  rows: Rows,
  facts: readonly FactChange[],
  states: ReadonlyMap<string, EntityState>,
): EntityChange[] {
  const counted = new Map<string, Counted>();
  const tallyOf = (id: string): Tally => {
    let entity = counted.get(id);
    if (!entity) counted.set(id, (entity = newlyCounted(states.get(id))));
    return entity.tally;
  };
  // What comes first: a count never falls below zero in between.
  for (const [{ mentions, supports }, sign] of [
    [rows.added, 1],
    [rows.removed, -1],
  ] as const) {
    for (const row of mentions) countMention(tallyOf(row.entityId), row, sign);
    for (const { subject, object } of supports) {
      countEnd(tallyOf(subject.id), subject, sign);
      countEnd(tallyOf(object.id), object, sign);
    }
  }
  const factDelta = factCounts(facts);
  const documentDelta = documentCounts(rows);
  return [...counted].map(([id, { before, tally }]) => {
    const state = states.get(id);
    return {
      id,
      before,
      after: derive(tally),
      tally,
      factCount: (state?.factCount ?? 0) + (factDelta.get(id) ?? 0),
      documentCount: (state?.documentCount ?? 0) + (documentDelta.get(id) ?? 0),
    };
  });
}

interface Counted {
  readonly before: Derived | undefined;
  readonly tally: Tally;
}

function newlyCounted(state: EntityState | undefined): Counted {
  return { before: state && derive(state.tally), tally: copyOf(state?.tally) };
}

function copyOf(tally: Tally = emptyTally()): Tally {
  const copy = emptyTally();
  for (const [name, votes] of Object.entries(tally.names)) copy.names[name] = [...votes];
  for (const [type, votes] of Object.entries(tally.types)) copy.types[type] = [...votes];
  Object.assign(copy.forms, tally.forms);
  return copy;
}

/** By how much the number of facts of each entity changes; a fact with itself counts once. */
function factCounts(facts: readonly FactChange[]): Map<string, number> {
  const delta = new Map<string, number>();
  for (const { subjectId, objectId, placesBefore, places } of facts) {
    const change = Number(places.length > 0) - Number(placesBefore > 0);
    delta.set(subjectId, (delta.get(subjectId) ?? 0) + change);
    if (objectId !== subjectId) delta.set(objectId, (delta.get(objectId) ?? 0) + change);
  }
  return delta;
}

function documentCounts({ before, after }: Rows): Map<string, number> {
  const delta = new Map<string, number>();
  for (const [said, sign] of [
    [after, 1],
    [before, -1],
  ] as const) {
    const seen = new Map<string, Set<string>>();
    forEachNamed(said, (id, documentId) => {
      let inDocument = seen.get(documentId);
      if (!inDocument) seen.set(documentId, (inDocument = new Set()));
      if (inDocument.has(id)) return;
      inDocument.add(id);
      delta.set(id, (delta.get(id) ?? 0) + sign);
    });
  }
  return delta;
}

function forEachNamed(
  { mentions, supports }: Said,
  visit: (entityId: string, documentId: string) => void,
): void {
  for (const { entityId: id, documentId } of mentions) visit(id, documentId);
  for (const { subject, object, documentId } of supports) {
    visit(subject.id, documentId);
    visit(object.id, documentId);
  }
}

/** Counts over all that the documents spoke of or speak of now; what did not change was kept. */
export function summary(
  { before, after }: Rows,
  facts: readonly FactChange[],
  entities: readonly EntityChange[],
): GraphChange {
  const factIds = new Set([...before.supports, ...after.supports].map((row) => row.factId));
  const entityIds = new Set<string>();
  forEachNamed(before, (id) => entityIds.add(id));
  forEachNamed(after, (id) => entityIds.add(id));
  const factsAdded = facts.filter((f) => f.placesBefore === 0 && f.places.length > 0).length;
  const factsRemoved = facts.filter((f) => f.placesBefore > 0 && f.places.length === 0).length;
  const entitiesAdded = entities.filter((e) => !e.before && e.after).length;
  const entitiesRemoved = entities.filter((e) => e.before && !e.after).length;
  return {
    factsAdded,
    factsRemoved,
    factsKept: factIds.size - factsAdded - factsRemoved,
    entitiesAdded,
    entitiesRemoved,
    entitiesKept: entityIds.size - entitiesAdded - entitiesRemoved,
  };
}
