/** The rows of what one chunk says. */
import type { EntityType, ExtractedMention, ExtractedTriple, Span } from '../types.ts';
import { PLACES } from './graph-keys.ts';
import { countEnd, countMention } from './graph-ledger.ts';
import type { EntityEntry, FactEntry, GraphLedger } from './graph-ledger.ts';
import { insertInto, RowInserter } from './row-inserter.ts';
import { orNull } from './sql.ts';
import type { Sql } from './sql.ts';

const mention = ['n', 'entity', 'start', 'end'];
const PLAIN_MENTION = insertInto('mentions', mention);
const MENTION = insertInto('mentions', [...mention, 'name', 'surface', 'type']);

const spans = ['subject', 'relation', 'object', 'sentence'];
const support = [
  'n',
  'fact',
  'confidence',
  ...spans.flatMap((part) => [`${part}_start`, `${part}_end`]),
];
const PLAIN_SUPPORT = insertInto('fact_support', support);
const SUPPORT = insertInto('fact_support', [
  ...support,
  'subject_name',
  'subject_type',
  'object_name',
  'object_type',
  'valid_from',
  'valid_to',
  'valid_start',
  'valid_end',
]);

const CHUNK = insertInto('graph_chunks', ['n', 'document', 'id']);

/** Where the rows go; most have no names and types of their own, and no time. */
export class SaidRows {
  readonly #sql: Sql;
  readonly chunks: RowInserter;
  readonly mentions: RowInserter;
  readonly plainMentions: RowInserter;
  readonly supports: RowInserter;
  readonly plainSupports: RowInserter;

  constructor(sql: Sql) {
    this.#sql = sql;
    this.chunks = new RowInserter(sql, CHUNK);
    this.plainMentions = new RowInserter(sql, PLAIN_MENTION);
    this.mentions = new RowInserter(sql, MENTION);
    this.plainSupports = new RowInserter(sql, PLAIN_SUPPORT);
    this.supports = new RowInserter(sql, SUPPORT);
  }

  /** Raises the confidence of a support that was added before. */
  reinforce(n: number, confidence: number): void {
    this.flush();
    this.#sql.run('UPDATE fact_support SET confidence = ? WHERE n = ?', [confidence, n]);
  }

  flush(): void {
    this.chunks.flush();
    this.mentions.flush();
    this.plainMentions.flush();
    this.supports.flush();
    this.plainSupports.flush();
  }
}

interface SaidSupportPlace {
  readonly n: number;
  confidence: number;
  readonly triple: ExtractedTriple;
}

/** Writes what one chunk says; what it says twice in the same place is said once. */
export class ChunkWriter {
  readonly #ledger: GraphLedger;
  readonly #rows: SaidRows;
  readonly #speaksOf: Set<EntityEntry>;
  readonly #firstRow: number;
  /** By name as written: the ends of facts are mostly what was mentioned just before. */
  readonly #named = new Map<string, EntityEntry>();
  readonly #mentions = new Map<EntityEntry, Span[]>();
  readonly #supports = new Map<FactEntry, SaidSupportPlace[]>();
  #mentionCount = 0;
  #supportCount = 0;

  constructor(ledger: GraphLedger, rows: SaidRows, chunk: number, speaksOf: Set<EntityEntry>) {
    this.#ledger = ledger;
    this.#rows = rows;
    this.#speaksOf = speaksOf;
    this.#firstRow = chunk * PLACES;
  }

  mention({ name, surface, type, span }: ExtractedMention): void {
    const entity = this.#entityNamed(name, type);
    if (!entity) return;
    const places = listOf(this.#mentions, entity);
    if (places.some((place) => isSame(place, span))) return;
    places.push(span);
    const n = this.#firstRow + this.#mentionCount++;
    const isPlain = name === entity.saidName && surface === name && type === entity.saidType;
    if (isPlain) this.#rows.plainMentions.add(n, entity.n, span.start, span.end);
    else {
      this.#rows.mentions.add(
        n,
        entity.n,
        span.start,
        span.end,
        unless(name, entity.saidName),
        unless(surface, name),
        unless(type, entity.saidType),
      );
    }
    countMention(entity, name, surface, type, 1);
    this.#speaksOf.add(entity);
  }

  support(triple: ExtractedTriple): void {
    const subject = this.#entityNamed(triple.subject.name, triple.subject.type);
    const object = this.#entityNamed(triple.object.name, triple.object.type);
    if (!subject || !object) return;
    const fact = this.#ledger.fact(subject, triple.relation.name, object, triple.negated);
    fact.confidence = Math.max(fact.confidence, triple.confidence);
    const places = listOf(this.#supports, fact);
    const before = places.find((place) => isSamePlace(place.triple, triple));
    if (before) return this.#reinforce(before, triple.confidence);
    const n = this.#firstRow + this.#supportCount++;
    places.push({ n, confidence: triple.confidence, triple });
    this.#insert(n, fact, triple);
    fact.supports++;
    countEnd(subject, triple.subject.name, triple.subject.type, 1);
    countEnd(object, triple.object.name, triple.object.type, 1);
    this.#speaksOf.add(subject).add(object);
  }

  #entityNamed(name: string, type: EntityType): EntityEntry | undefined {
    const known = this.#named.get(name);
    if (known) return known;
    const entity = this.#ledger.entityNamed(name, type);
    if (entity) this.#named.set(name, entity);
    return entity;
  }

  #insert(n: number, fact: FactEntry, triple: ExtractedTriple): void {
    const { subject, relation, object, sentence, confidence } = triple;
    const common = [
      n,
      fact.n,
      confidence,
      subject.span.start,
      subject.span.end,
      relation.span.start,
      relation.span.end,
      object.span.start,
      object.span.end,
      sentence.start,
      sentence.end,
    ];
    if (
      !triple.valid &&
      saysNothingNew(subject, fact.subject) &&
      saysNothingNew(object, fact.object)
    ) {
      this.#rows.plainSupports.add(...common);
      return;
    }
    this.#rows.supports.add(
      ...common,
      unless(subject.name, fact.subject.saidName),
      unless(subject.type, fact.subject.saidType),
      unless(object.name, fact.object.saidName),
      unless(object.type, fact.object.saidType),
      ...validity(triple),
    );
  }

  #reinforce(before: SaidSupportPlace, confidence: number): void {
    if (confidence <= before.confidence) return;
    before.confidence = confidence;
    this.#rows.reinforce(before.n, confidence);
  }
}

function listOf<Key, Item>(lists: Map<Key, Item[]>, key: Key): Item[] {
  let list = lists.get(key);
  if (!list) lists.set(key, (list = []));
  return list;
}

function isSame(a: Span, b: Span): boolean {
  return a.start === b.start && a.end === b.end;
}

function isSamePlace(a: ExtractedTriple, b: ExtractedTriple): boolean {
  return (
    isSame(a.subject.span, b.subject.span) &&
    isSame(a.relation.span, b.relation.span) &&
    isSame(a.object.span, b.object.span)
  );
}

function saysNothingNew(end: ExtractedTriple['subject'], entity: EntityEntry): boolean {
  return end.name === entity.saidName && end.type === entity.saidType;
}

function unless(value: string, said: string): string | null {
  return value === said ? null : value;
}

function validity({ valid }: ExtractedTriple): (string | number | null)[] {
  if (!valid) return [null, null, null, null];
  return [orNull(valid.from), orNull(valid.to), valid.span.start, valid.span.end];
}
