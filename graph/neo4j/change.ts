/**
 * What a change of documents does to facts and entities, worked out from the rows that go, the rows that come
 * and the state of what they touch. Reads and writes nothing.
 */
import type { EntityType, GraphChange } from '../types.ts';
import type { Said, SaidSupport } from './said.ts';
import { countEnd, countMention, derive, emptyTally } from './tally.ts';
import type { Derived, Tally } from './tally.ts';

/** How the entity was first named: rows that say the same leave it out. Fixed as long as the entity lives. */
export interface FirstNaming {
  readonly name: string;
  readonly type: EntityType;
}

export interface EntityState {
  readonly said: FirstNaming;
  readonly tally: Tally;
  readonly factCount: number;
  readonly documentCount: number;
}

export interface FactState {
  readonly supports: number;
  readonly confidence: number;
}

export interface FactChange {
  readonly id: string;
  readonly subjectId: string;
  readonly objectId: string;
  readonly relation: string;
  readonly negated: boolean;
  /** 0: nothing supports it before, or afterwards. */
  readonly supportsBefore: number;
  readonly supports: number;
  /** Highest of what stays, as far as it is known, and of what comes. */
  readonly confidence: number;
  /** Supports go and others stay: the highest confidence of those must be looked up. */
  readonly lostSupport: boolean;
}

export interface EntityChange {
  readonly id: string;
  readonly said: FirstNaming;
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

export function factChanges(
  { removed, added }: Rows,
  states: ReadonlyMap<string, FactState>,
): FactChange[] {
  const byFact = new Map<string, { any: SaidSupport; gone: number; come: number; best: number }>();
  const tallyOf = (row: SaidSupport) => {
    let known = byFact.get(row.factId);
    if (!known) byFact.set(row.factId, (known = { any: row, gone: 0, come: 0, best: 0 }));
    return known;
  };
  for (const row of removed.supports) tallyOf(row).gone++;
  for (const row of added.supports) {
    const fact = tallyOf(row);
    fact.come++;
    fact.best = Math.max(fact.best, row.confidence);
  }
  return [...byFact].map(([id, { any, gone, come, best }]) => {
    const state = states.get(id) ?? { supports: 0, confidence: 0 };
    const stay = state.supports - gone;
    return {
      id,
      subjectId: any.subject.id,
      objectId: any.object.id,
      relation: any.relation,
      negated: any.negated,
      supportsBefore: state.supports,
      supports: stay + come,
      confidence: gone === 0 ? Math.max(state.confidence, best) : best,
      lostSupport: gone > 0 && stay > 0,
    };
  });
}

/** Entities that some row names; `facts` are those that `factChanges` gave. */
export function entityChanges(
  rows: Rows,
  facts: readonly FactChange[],
  states: ReadonlyMap<string, EntityState>,
): EntityChange[] {
  const votes = new Map<string, { said: FirstNaming; cast: ((tally: Tally) => void)[] }>();
  const add = (id: string, said: FirstNaming, vote: (tally: Tally) => void) => {
    const known = votes.get(id);
    if (known) known.cast.push(vote);
    else votes.set(id, { said: { name: said.name, type: said.type }, cast: [vote] });
  };
  // What comes first: a count never falls below zero in between.
  for (const [{ mentions, supports }, sign] of [
    [rows.added, 1],
    [rows.removed, -1],
  ] as const) {
    for (const row of mentions) add(row.entityId, row, (tally) => countMention(tally, row, sign));
    for (const { subject, object } of supports) {
      add(subject.id, subject, (tally) => countEnd(tally, subject, sign));
      add(object.id, object, (tally) => countEnd(tally, object, sign));
    }
  }
  const factDelta = factCounts(facts);
  const documentDelta = documentCounts(rows);
  return [...votes].map(([id, { said, cast }]) => {
    const state = states.get(id);
    const tally = copyOf(state?.tally);
    for (const vote of cast) vote(tally);
    return {
      id,
      said: state?.said ?? said,
      before: state && derive(state.tally),
      after: derive(tally),
      tally,
      factCount: (state?.factCount ?? 0) + (factDelta.get(id) ?? 0),
      documentCount: (state?.documentCount ?? 0) + (documentDelta.get(id) ?? 0),
    };
  });
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
  for (const { subjectId, objectId, supportsBefore, supports } of facts) {
    const change = Number(supports > 0) - Number(supportsBefore > 0);
    for (const id of new Set([subjectId, objectId])) delta.set(id, (delta.get(id) ?? 0) + change);
  }
  return delta;
}

function documentCounts({ before, after }: Rows): Map<string, number> {
  const delta = new Map<string, number>();
  for (const [said, sign] of [
    [after, 1],
    [before, -1],
  ] as const) {
    const seen = new Set<string>();
    forEachNamed(said, (id, documentId) => {
      const pair = `${id} ${documentId}`;
      if (seen.has(pair)) return;
      seen.add(pair);
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
  const factsAdded = facts.filter((f) => f.supportsBefore === 0 && f.supports > 0).length;
  const factsRemoved = facts.filter((f) => f.supportsBefore > 0 && f.supports === 0).length;
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
