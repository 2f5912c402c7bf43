/**
 * Makes and takes back identity records, and has the documents they concern written to the graph anew. The
 * record is committed first: a crash in between leaves it `unapplied`, and `resume` does the rest.
 */
import { ConflictError, NotFoundError } from '../errors.ts';
import { entityId } from '../names.ts';
import type { Entity, GraphStore } from '../types.ts';
import { IdentityResolver } from './resolver.ts';
import type {
  EntityRef,
  Evidence,
  IdentityDecision,
  IdentityRecord,
  IdentityStore,
} from './types.ts';

export interface EditorParts {
  /** As `withIdentity` gives it. */
  readonly graph: GraphStore;
  readonly identity: IdentityStore;
  /** Writes what a document says to the graph anew; does nothing if there is no such document. */
  readonly rewrite: (workspaceId: string, documentId: string) => Promise<void>;
  /** Called when these are written: others may name what a merge made an alias. */
  readonly follow?: (workspaceId: string) => Promise<void>;
}

export interface NewSense {
  readonly name: string;
  readonly documents?: readonly string[];
  readonly chunks?: readonly string[];
  /** See `Sense.cues`. */
  readonly cues?: Readonly<Record<string, number>>;
}

export interface Grounds {
  readonly by?: IdentityRecord['by'];
  readonly evidence?: readonly Evidence[];
}

export interface Edited {
  readonly record: IdentityRecord;
  /** Documents that were written anew. */
  readonly documents: number;
}

export class IdentityEditor {
  readonly #parts: EditorParts;
  /** Edits run one after the other: each looks for documents where the one before has put them. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: EditorParts) {
    this.#parts = parts;
  }

  /** Throws NotFoundError for an entity that is not there, ConflictError if both are one already. */
  merge(workspaceId: string, fromId: string, intoId: string, grounds?: Grounds): Promise<Edited> {
    return this.#edit(async () => {
      const from = await this.#entity(workspaceId, fromId);
      const into = await this.#entity(workspaceId, intoId);
      requireDifferent(from, into);
      const decision = { kind: 'merge', from: refOf(from), into: refOf(into) } as const;
      return this.#make(workspaceId, decision, grounds);
    });
  }

  /**
   * @param rest name of the sense that takes what nothing else speaks for; one of `senses`
   * Throws ConflictError for fewer than two different senses, or a name that was merged into another.
   */
  split(
    workspaceId: string,
    id: string,
    senses: readonly NewSense[],
    rest: string,
    grounds?: Grounds,
  ): Promise<Edited> {
    return this.#edit(async () => {
      const entity = refOf(await this.#entity(workspaceId, id));
      const made = senses.map(({ name, documents = [], chunks = [], cues = {} }) => {
        const own = entityId(workspaceId, name);
        return { id: own, name: own === entity.id ? entity.name : name, documents, chunks, cues };
      });
      this.#requireSenses(workspaceId, made, entityId(workspaceId, rest));
      const decision = { kind: 'split', entity, senses: made, rest: entityId(workspaceId, rest) };
      return this.#make(workspaceId, decision as IdentityDecision, grounds);
    });
  }

  /** Says that two entities are not one. */
  keepApart(workspaceId: string, a: string, b: string, grounds?: Grounds): Promise<Edited> {
    return this.#edit(async () => {
      const pair = [
        await this.#entity(workspaceId, a),
        await this.#entity(workspaceId, b),
      ] as const;
      requireDifferent(...pair);
      const decision = { kind: 'distinct', pair: [refOf(pair[0]), refOf(pair[1])] } as const;
      return this.#make(workspaceId, decision, grounds);
    });
  }

  /** Throws as `IdentityStore.undo`. */
  undo(workspaceId: string, undoToken: string): Promise<Edited> {
    return this.#edit(async () => {
      const record = this.#parts.identity.undo(workspaceId, undoToken);
      return this.#apply(record, this.#everywhere(record));
    });
  }

  /** After a start: what a crash has left undone. */
  resume(): Promise<number> {
    return this.#inTurn(() => this.#applyLeftOver());
  }

  async #applyLeftOver(): Promise<number> {
    const records = this.#parts.identity.unapplied();
    for (const record of records) await this.#apply(record, this.#everywhere(record));
    return records.length;
  }

  /** What an edit that failed has left comes first: the next one relies on where documents stand. */
  #edit(work: () => Promise<Edited>): Promise<Edited> {
    return this.#inTurn(async () => {
      await this.#applyLeftOver();
      return work();
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => {});
    return turn;
  }

  #make(workspaceId: string, decision: IdentityDecision, grounds: Grounds = {}): Promise<Edited> {
    const { by = 'user', evidence = [] } = grounds;
    const record = this.#parts.identity.add({ workspaceId, decision, by, evidence });
    return this.#apply(record, seedsOf(decision));
  }

  /** @param ids entities under which the graph may hold what the record is about */
  async #apply(record: IdentityRecord, ids: readonly string[]): Promise<Edited> {
    const { graph, identity, rewrite, follow } = this.#parts;
    const documents = await documentsOf(graph, record.workspaceId, ids);
    for (const documentId of documents) {
      await rewrite(record.workspaceId, documentId);
      await turnOfOthers();
    }
    await follow?.(record.workspaceId);
    identity.markApplied(record);
    return { record, documents: documents.size };
  }

  /** All that mentions of the record's entity may have become under any records, standing or not. */
  #everywhere({ workspaceId, decision }: IdentityRecord): string[] {
    const next = new Map<string, string[]>();
    for (const each of this.#allDecisions(workspaceId)) {
      const [from] = seedsOf(each);
      if (from === undefined) continue;
      const targets = each.kind === 'merge' ? [each.into.id] : sensesOf(each);
      next.set(from, [...(next.get(from) ?? []), ...targets]);
    }
    const found = new Set(seedsOf(decision));
    for (const id of found) for (const target of next.get(id) ?? []) found.add(target);
    return [...found];
  }

  *#allDecisions(workspaceId: string): Iterable<IdentityDecision> {
    for (let after: string | undefined; ;) {
      const page = this.#parts.identity.history(workspaceId, { limit: 200, after });
      for (const { decision } of page.data) yield decision;
      if (!page.hasMore) return;
      after = page.data.at(-1)?.id;
    }
  }

  async #entity(workspaceId: string, id: string): Promise<Entity> {
    const entity = await this.#parts.graph.entity(workspaceId, id);
    if (!entity) throw new NotFoundError('entity', id);
    return entity;
  }

  #requireSenses(workspaceId: string, senses: readonly Placed[], rest: string): void {
    const ids = new Set(senses.map((sense) => sense.id));
    if (ids.size < 2 || ids.size < senses.length) {
      throw new ConflictError(
        'A split needs two or more senses with different names.',
        'Name each sense by what tells it from the others, e.g. "Mercury (planet)".',
      );
    }
    if (!ids.has(rest)) {
      throw new ConflictError(
        'The sense for all other mentions is none of the senses.',
        'Give the name of one of the senses.',
      );
    }
    requireOneSenseEach(senses, 'documents');
    requireOneSenseEach(senses, 'chunks');
    const resolver = new IdentityResolver(workspaceId, this.#parts.identity.standing(workspaceId));
    const taken = senses.find(({ id }) => !resolver.outcomes(id).includes(id));
    if (!taken) return;
    throw new ConflictError(
      `The name ${JSON.stringify(taken.name)} was merged into another entity.`,
      'Choose another name, or undo that merge first.',
    );
  }
}

type Placed = EntityRef & Required<Pick<NewSense, 'documents' | 'chunks'>>;

function requireOneSenseEach(senses: readonly Placed[], kind: 'documents' | 'chunks'): void {
  const all = senses.flatMap((sense) => [...new Set(sense[kind])]);
  const twice = all.find((id, at) => all.indexOf(id) !== at);
  if (twice === undefined) return;
  throw new ConflictError(
    `${twice} is given to two senses.`,
    `List each of the ${kind} under one sense only.`,
  );
}

function refOf({ id, name }: EntityRef): EntityRef {
  return { id, name };
}

/** Ids of the entities that a decision takes mentions away from. */
function seedsOf(decision: IdentityDecision): string[] {
  if (decision.kind === 'distinct') return [];
  return [decision.kind === 'merge' ? decision.from.id : decision.entity.id];
}

function sensesOf(decision: IdentityDecision): string[] {
  return decision.kind === 'split' ? decision.senses.map((sense) => sense.id) : [];
}

function requireDifferent(a: EntityRef, b: EntityRef): void {
  if (a.id !== b.id) return;
  throw new ConflictError(
    `Both are the entity ${JSON.stringify(a.name)} already.`,
    'Choose two different entities.',
  );
}

const PAGE = 200;

/** Documents that mention any of the entities or say a fact of them. */
async function documentsOf(
  graph: GraphStore,
  workspaceId: string,
  ids: readonly string[],
): Promise<Set<string>> {
  const documents = new Set<string>();
  const mentions = await graph.mentionsOfEntities(workspaceId, ids, Number.MAX_SAFE_INTEGER);
  for (const { documentId } of mentions) documents.add(documentId);
  for (const id of ids) {
    for (let after: string | undefined; ;) {
      const page = await graph.facts(workspaceId, { entityId: id }, { limit: PAGE, after });
      for (const { support } of page.data)
        for (const said of support) documents.add(said.documentId);
      if (!page.hasMore) break;
      after = page.data.at(-1)?.id;
    }
  }
  return documents;
}

/** A merge may rewrite thousands of documents; requests should not wait for all of them. */
function turnOfOthers(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
