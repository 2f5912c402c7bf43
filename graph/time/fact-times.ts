/**
 * When facts held, and which later fact took their place. Everything is computed from what documents say, so
 * it is the same in every order of ingest; nothing is overwritten, and the past can be asked for.
 */
import type { Fact, GraphStore, Page, PageRequest } from '../types.ts';
import { distinctPeriods, firstDay, lastDay, touches, type Period } from './calendar.ts';
import { functionalIndex, type FunctionalRelation } from './functional.ts';

export interface FactTime {
  /** When it held, as the texts say it; empty if none does. */
  readonly periods: readonly Period[];
  /**
   * `superseded`: a later fact of a functional relation took its place. `contested`: another fact of a
   * functional relation stands against it, and no time tells which came later.
   */
  readonly status: 'current' | 'superseded' | 'contested';
  /** The fact that came next; its beginning ends this one where no text says when it ended. */
  readonly supersededBy: { readonly factId: string; readonly from: string } | undefined;
  readonly contestedBy: readonly string[];
  /** How many documents, and how many sentences in them, say it. */
  readonly documents: number;
  readonly sentences: number;
}

/** Facts of one functional relation and anchor that are compared; more are not looked at. */
const RIVALS = 200;

/** Times of `facts`, by id. */
export async function factTimes(
  graph: GraphStore,
  workspaceId: string,
  facts: readonly Fact[],
  functional: readonly FunctionalRelation[],
): Promise<Map<string, FactTime>> {
  const eachOf = functionalIndex(functional);
  const asked = new Map<string, Promise<Fact[]>>();
  const rivalsOf = (fact: Fact): Promise<Fact[]> => {
    const each = fact.negated ? undefined : eachOf(fact.relation);
    if (!each) return Promise.resolve([]);
    const key = `${each} ${fact[each].id} ${fact.relation}`;
    let answer = asked.get(key);
    if (!answer) asked.set(key, (answer = sharing(graph, workspaceId, fact, each)));
    return answer.then((all) => all.filter((other) => other.id !== fact.id));
  };
  const times = new Map<string, FactTime>();
  for (const fact of facts) times.set(fact.id, timeOf(fact, await rivalsOf(fact)));
  return times;
}

async function sharing(
  graph: GraphStore,
  workspaceId: string,
  fact: Fact,
  each: FunctionalRelation['each'],
): Promise<Fact[]> {
  const filter = { entityId: fact[each].id, relation: fact.relation };
  const { data } = await graph.facts(workspaceId, filter, { limit: RIVALS });
  return data.filter((other) => !other.negated && other[each].id === fact[each].id);
}

function timeOf(fact: Fact, rivals: readonly Fact[]): FactTime {
  const next = successorOf(fact, rivals);
  const contestedBy = next ? [] : rivals.filter((other) => contradicts(fact, other));
  return {
    periods: periodsOf(fact),
    status: next ? 'superseded' : contestedBy.length > 0 ? 'contested' : 'current',
    supersededBy: next,
    contestedBy: contestedBy.map((other) => other.id),
    documents: new Set(fact.support.map((said) => said.documentId)).size,
    sentences: new Set(fact.support.map((said) => `${said.chunkId} ${said.sentence.start}`)).size,
  };
}

function periodsOf(fact: Fact): Period[] {
  return distinctPeriods(fact.support.flatMap(({ valid }) => (valid ? [valid] : [])));
}

/** The first rival that begins after this one began, or after it had ended. */
function successorOf(fact: Fact, rivals: readonly Fact[]): FactTime['supersededBy'] {
  const own = lifetime(fact);
  const reach = own.from ?? own.to;
  if (reach === undefined) return undefined;
  const later = rivals
    .flatMap((other) => {
      const { from } = lifetime(other);
      return from !== undefined && firstDay(from) > firstDay(reach)
        ? [{ factId: other.id, from }]
        : [];
    })
    .sort((a, b) =>
      `${firstDay(a.from)} ${a.factId}` < `${firstDay(b.from)} ${b.factId}` ? -1 : 1,
    );
  return later[0];
}

/** From the first beginning to the last end that any text gives. */
function lifetime(fact: Fact): Period {
  const periods = periodsOf(fact);
  const from = periods.flatMap((each) => each.from ?? []).sort()[0];
  const ends = periods.flatMap((each) => each.to ?? []).sort();
  return { from, to: ends.at(-1) };
}

/** Neither is known to be the later one, and they do not hold at different times. */
function contradicts(fact: Fact, other: Fact): boolean {
  if (isSameYear(fact.object, other.object)) return false;
  const [a, b] = [lifetime(fact), lifetime(other)];
  const [first, second] = [a.from ?? a.to, b.from ?? b.to];
  if (first === undefined || second === undefined) return true;
  return firstDay(first) === firstDay(second);
}

/** "1879" and "14 March 1879" are one date, told more or less exactly. */
function isSameYear(a: Fact['object'], b: Fact['object']): boolean {
  const year = (end: Fact['object']) => /\b[0-9]{4}\b/u.exec(end.name)?.[0];
  return a.type === 'date' && b.type === 'date' && year(a) !== undefined && year(a) === year(b);
}

/** Whether a fact held at some day of `at`; a fact of which no text says when is taken to hold always. */
export function heldAt({ periods, supersededBy }: FactTime, at: string): boolean {
  const next = supersededBy && firstDay(supersededBy.from);
  if (periods.length === 0) return next === undefined || firstDay(at) < next;
  return periods.some((period) => {
    if (!touches(period, at)) return false;
    const isOpen = period.to === undefined;
    return !isOpen || next === undefined || firstDay(at) < next || lastDay(at) < next;
  });
}

/** A page of the facts that held at `at` ("2010", "2010-05" or "2010-05-03"), in the order of the port. */
export async function factsAt(
  graph: GraphStore,
  workspaceId: string,
  filter: Parameters<GraphStore['facts']>[1],
  page: PageRequest,
  at: string,
  functional: readonly FunctionalRelation[],
): Promise<Page<Fact>> {
  const found: Fact[] = [];
  for (let after = page.after; ;) {
    const next = await graph.facts(workspaceId, filter, { limit: 200, after });
    const times = await factTimes(graph, workspaceId, next.data, functional);
    found.push(...next.data.filter((fact) => heldAt(times.get(fact.id)!, at)));
    if (found.length > page.limit || !next.hasMore) break;
    after = next.data.at(-1)?.id;
  }
  return { data: found.slice(0, page.limit), hasMore: found.length > page.limit };
}
