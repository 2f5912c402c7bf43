/**
 * Entities and facts that a write touches, with their counts. Documents add to and take from the counts; what
 * an entity is called and whether it lives follows from them alone. So a write costs what the document
 * says, however often others speak of the same things, and no order of writes can leave another graph.
 */
import { IdTable } from '../adjacency/id-table.ts';
import { entityId, factId, normalizeName, normalizeRelation } from '../names.ts';
import type { EntityType } from '../types.ts';
import { parseJson } from './codec.ts';
import type { Sql } from './sql.ts';

export interface FormCount {
  /** Mentions with this surface, or with this name and another surface. */
  written: number;
  /** Mentions with this name. */
  named: number;
  /** Ends of supports with this name. */
  ends: number;
  /** Differs from its row. */
  changed: boolean;
}

/** Mentions and ends of supports that give the type. */
export type TypeCount = [mentions: number, ends: number];

export interface EntityEntry {
  readonly n: number;
  readonly id: string;
  /** Stand in the rows as NULL. */
  readonly saidName: string;
  readonly saidType: string;
  /** Has a row in the table. */
  stored: boolean;
  mentions: number;
  facts: number;
  documents: number;
  readonly forms: Map<string, FormCount>;
  readonly types: Map<string, TypeCount>;
  /** Is among `GraphLedger.entities`. */
  touched: boolean;
}

export interface FactEntry {
  readonly n: number;
  readonly id: string;
  readonly subject: EntityEntry;
  readonly relation: string;
  readonly object: EntityEntry;
  readonly negated: boolean;
  stored: boolean;
  supports: number;
  confidence: number;
  /** A support went away: the confidence must be looked up. */
  lost: boolean;
}

interface EntityRow {
  readonly n: number;
  readonly id: string;
  readonly said_name: string;
  readonly said_type: string;
  readonly types: string;
  readonly mention_count: number;
  readonly fact_count: number;
  readonly document_count: number;
}

interface FactRow {
  readonly n: number;
  readonly id: string;
  readonly subject: number;
  readonly relation: string;
  readonly object: number;
  readonly negated: number;
  readonly confidence: number;
  readonly supports: number;
}

/** Entities kept in memory between two flushes of one call; more are forgotten and read again. */
const MAX_ENTITIES = 500_000;

export class GraphLedger {
  readonly #sql: Sql;
  readonly #workspaceId: string;
  readonly #known = new Map<string, EntityEntry>();
  readonly #knownByNumber = new Map<number, EntityEntry>();
  /** By name as written. */
  readonly #byName = new Map<string, EntityEntry>();
  readonly #relations = new Map<string, string>();
  /** All that were touched since the last `settle`. */
  readonly entities: EntityEntry[] = [];
  readonly facts = new Map<string, FactEntry>();
  /** Facts with this number or a higher one were not there when the ledger was opened. */
  readonly firstNewFact: number;
  /** All fact ids of an empty table, so that it need not be asked; the number is counted from `firstNewFact`. */
  readonly #factIds: IdTable | undefined;
  /** Every entity of the table is in memory: one that is not is a new one. */
  #knowsAll: boolean;
  #nextEntity: number;
  #nextFact: number;

  constructor(sql: Sql, workspaceId: string) {
    this.#sql = sql;
    this.#workspaceId = workspaceId;
    this.#nextEntity = nextNumber(sql, 'entities');
    this.#nextFact = nextNumber(sql, 'facts');
    this.#knowsAll = this.#nextEntity === 1;
    this.firstNewFact = this.#nextFact;
    this.#factIds = this.#nextFact === 1 ? new IdTable() : undefined;
  }

  /** Undefined for a name without any character. */
  entityNamed(name: string, type: EntityType): EntityEntry | undefined {
    const known = this.#byName.get(name);
    if (known) return this.#touch(known);
    const entry = normalizeName(name) === '' ? undefined : this.#entityOf(name, type);
    if (entry) this.#byName.set(name, entry);
    return entry;
  }

  /** Of an entity that has a row. */
  entityByNumber(n: number): EntityEntry {
    const known = this.#knownByNumber.get(n);
    return known ? this.#touch(known) : this.#load(this.#sql.get<EntityRow>(BY_NUMBER, [n])!);
  }

  fact(
    subject: EntityEntry,
    relationName: string,
    object: EntityEntry,
    negated: boolean,
  ): FactEntry {
    let relation = this.#relations.get(relationName);
    if (relation === undefined) {
      this.#relations.set(relationName, (relation = normalizeRelation(relationName)));
    }
    const id = factId(this.#workspaceId, subject.id, relation, object.id, negated);
    const known = this.facts.get(id);
    if (known) return known;
    const row = this.#factRow(id, subject, object);
    if (row) return this.#loadFact(row);
    return this.#keepFact({
      n: this.#newFactNumber(id),
      id,
      subject,
      relation,
      object,
      negated,
      stored: false,
      supports: 0,
      confidence: 0,
      lost: false,
    });
  }

  #factRow(id: string, subject: EntityEntry, object: EntityEntry): FactRow | undefined {
    if (this.#factIds) {
      const place = this.#factIds.find(0, id);
      return place < 0
        ? undefined
        : this.#sql.get<FactRow>(FACT_BY_NUMBER, [this.firstNewFact + place]);
    }
    // Of an entity without facts in the table, no fact can be there.
    const isNew = subject.facts === 0 || object.facts === 0;
    return isNew ? undefined : this.#sql.get<FactRow>(FACT_BY_ID, [id]);
  }

  /** A fact that went away during this call and comes again has the same number. */
  #newFactNumber(id: string): number {
    return this.#factIds ? this.firstNewFact + this.#factIds.intern(0, id) : this.#nextFact++;
  }

  /** Of a fact that has a row. */
  factByNumber(n: number): FactEntry {
    const row = this.#sql.get<FactRow>(FACT_BY_NUMBER, [n])!;
    return this.facts.get(row.id) ?? this.#loadFact(row);
  }

  #loadFact(row: FactRow): FactEntry {
    return this.#keepFact({
      n: row.n,
      id: row.id,
      subject: this.entityByNumber(row.subject),
      relation: row.relation,
      object: this.entityByNumber(row.object),
      negated: row.negated === 1,
      stored: true,
      supports: row.supports,
      confidence: row.confidence,
      lost: false,
    });
  }

  #keepFact(entry: FactEntry): FactEntry {
    this.facts.set(entry.id, entry);
    return entry;
  }

  /** Holds more than it should until everything is written. */
  get isFull(): boolean {
    return this.#known.size > MAX_ENTITIES;
  }

  /** Forgets what was touched, after it was written. */
  settle(): void {
    for (const entity of this.entities) entity.touched = false;
    this.entities.length = 0;
    if (this.#relations.size > MAX_ENTITIES) this.#relations.clear();
    if (!this.isFull) return;
    this.#knowsAll = false;
    this.#known.clear();
    this.#knownByNumber.clear();
    this.#byName.clear();
  }

  /** The entity has no row any more; if it comes again it is another row. */
  forget(entry: EntityEntry): void {
    this.#known.delete(entry.id);
    this.#knownByNumber.delete(entry.n);
    // Several spellings may lead to it.
    this.#byName.clear();
  }

  #entityOf(name: string, type: EntityType): EntityEntry {
    const id = entityId(this.#workspaceId, name);
    const known = this.#known.get(id);
    if (known) return this.#touch(known);
    const row = this.#knowsAll ? undefined : this.#sql.get<EntityRow>(BY_ID, [id]);
    if (row) return this.#load(row);
    return this.#keep({
      n: this.#nextEntity++,
      id,
      saidName: name,
      saidType: type,
      stored: false,
      mentions: 0,
      facts: 0,
      documents: 0,
      forms: new Map(),
      types: new Map(),
      touched: false,
    });
  }

  #load(row: EntityRow): EntityEntry {
    const forms = this.#sql.all<Omit<FormCount, 'changed'> & { form: string }>(
      'SELECT form, written, named, ends FROM entity_forms WHERE entity = ?',
      [row.n],
    );
    return this.#keep({
      n: row.n,
      id: row.id,
      saidName: row.said_name,
      saidType: row.said_type,
      stored: true,
      mentions: row.mention_count,
      facts: row.fact_count,
      documents: row.document_count,
      forms: new Map(forms.map(({ form, ...count }) => [form, { ...count, changed: false }])),
      types: new Map(Object.entries(parseJson<Record<string, TypeCount>>(row.types))),
      touched: false,
    });
  }

  #keep(entry: EntityEntry): EntityEntry {
    this.#known.set(entry.id, entry);
    this.#knownByNumber.set(entry.n, entry);
    return this.#touch(entry);
  }

  #touch(entry: EntityEntry): EntityEntry {
    if (!entry.touched) {
      entry.touched = true;
      this.entities.push(entry);
    }
    return entry;
  }
}

const FACT_BY_NUMBER = 'SELECT * FROM facts WHERE n = ?';
const FACT_BY_ID = 'SELECT * FROM facts WHERE id = ?';
const BY_ID = 'SELECT * FROM entities WHERE id = ?';
const BY_NUMBER = 'SELECT * FROM entities WHERE n = ?';

function nextNumber(sql: Sql, table: 'entities' | 'facts'): number {
  return sql.column<number>(`SELECT coalesce(max(n), 0) + 1 FROM ${table}`)[0]!;
}

/** `sign` is 1 for a mention that is said and -1 for one that is taken back. */
export function countMention(
  entity: EntityEntry,
  name: string,
  surface: string,
  type: string,
  sign: 1 | -1,
): void {
  entity.mentions += sign;
  const named = formOf(entity, name);
  named.named += sign;
  named.written += sign;
  if (surface !== name) formOf(entity, surface).written += sign;
  typeOf(entity, type)[0] += sign;
}

/** As `countMention`, for the subject or object of a support. */
export function countEnd(entity: EntityEntry, name: string, type: string, sign: 1 | -1): void {
  formOf(entity, name).ends += sign;
  typeOf(entity, type)[1] += sign;
}

function formOf(entity: EntityEntry, form: string): FormCount {
  let count = entity.forms.get(form);
  if (!count) entity.forms.set(form, (count = { written: 0, named: 0, ends: 0, changed: true }));
  count.changed = true;
  return count;
}

function typeOf(entity: EntityEntry, type: string): TypeCount {
  let count = entity.types.get(type);
  if (!count) entity.types.set(type, (count = [0, 0]));
  return count;
}
