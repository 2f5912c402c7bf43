/** Brings the rows of entities and facts in step with what a ledger counts. */
import { normalizeName } from '../names.ts';
import type { EntityEntry, FactEntry, FormCount, GraphLedger } from './graph-ledger.ts';
import { rowRange } from './graph-keys.ts';
import { insertInto, RowInserter } from './row-inserter.ts';
import type { Sql, SqlValue } from './sql.ts';

/** How many were not there before and are, were there and are not, were there and are. */
export interface Census {
  added: number;
  removed: number;
  kept: number;
}

/**
 * Writes the facts that the ledger touched; rows of supports must be in place. Entities get their counts, and
 * their rows by `writeEntities`.
 */
export function writeFacts(sql: Sql, workspace: number, ledger: GraphLedger, census: Census): void {
  const newFacts = new RowInserter(sql, NEW_FACT);
  for (const fact of ledger.facts.values()) {
    const lives = fact.supports > 0;
    // One that came with this very call counts as added, however often it is written.
    if (fact.n < ledger.firstNewFact) tally(census, fact.stored, lives);
    else census.added += Number(lives) - Number(fact.stored);
    writeFact(sql, workspace, fact, newFacts);
  }
  newFacts.flush();
  ledger.facts.clear();
}

/** Writes every entity that the ledger touched, and forgets what was touched. */
export function writeEntities(
  sql: Sql,
  workspace: number,
  ledger: GraphLedger,
  census: Census,
): void {
  const fresh = {
    entities: new RowInserter(sql, NEW_ENTITY),
    forms: new RowInserter(sql, NEW_FORM),
  };
  for (const entity of ledger.entities) {
    const lives = entity.mentions > 0 || entity.facts > 0;
    tally(census, entity.stored, lives);
    if (lives) writeEntity(sql, workspace, entity, fresh);
    else removeEntity(sql, ledger, entity);
  }
  fresh.entities.flush();
  fresh.forms.flush();
  ledger.settle();
}

/** Rows that cannot be there yet. */
interface FreshRows {
  readonly entities: RowInserter;
  readonly forms: RowInserter;
}

const NEW_ENTITY = insertInto('entities', [
  'n',
  'workspace',
  'id',
  'said_name',
  'said_type',
  'name',
  'type',
  'types',
  'mention_count',
  'fact_count',
  'document_count',
]);
const FORM = ['entity', 'form', 'workspace', 'folded', 'written', 'named', 'ends', 'everyday'];
const NEW_FORM = insertInto('entity_forms', FORM);
const CHANGED_FORM = `${NEW_FORM.one} ON CONFLICT (entity, form)
  DO UPDATE SET written = excluded.written, named = excluded.named, ends = excluded.ends`;

function tally(census: Census, existed: boolean, exists: boolean): void {
  if (existed && exists) census.kept++;
  else if (existed) census.removed++;
  else if (exists) census.added++;
}

const NEW_FACT = insertInto('facts', [
  'n',
  'workspace',
  'id',
  'subject',
  'relation',
  'object',
  'negated',
  'confidence',
  'supports',
]);

function writeFact(sql: Sql, workspace: number, fact: FactEntry, newFacts: RowInserter): void {
  const { n, subject, object } = fact;
  const lives = fact.supports > 0;
  if (lives !== fact.stored) {
    const change = lives ? 1 : -1;
    subject.facts += change;
    if (object !== subject) object.facts += change;
  }
  if (!lives) {
    sql.run('DELETE FROM facts WHERE n = ?', [n]);
  } else if (fact.stored) {
    if (fact.lost) fact.confidence = storedConfidence(sql, n);
    sql.run('UPDATE facts SET confidence = ?, supports = ? WHERE n = ?', [
      fact.confidence,
      fact.supports,
      n,
    ]);
  } else {
    newFacts.add(
      n,
      workspace,
      fact.id,
      subject.n,
      fact.relation,
      object.n,
      Number(fact.negated),
      fact.confidence,
      fact.supports,
    );
  }
}

function storedConfidence(sql: Sql, n: number): number {
  return sql.column<number>('SELECT max(confidence) FROM fact_support WHERE fact = ?', [n])[0]!;
}

function removeEntity(sql: Sql, ledger: GraphLedger, entity: EntityEntry): void {
  ledger.forget(entity);
  if (!entity.stored) return;
  sql.run('DELETE FROM entities WHERE n = ?', [entity.n]);
  sql.run('DELETE FROM entity_forms WHERE entity = ?', [entity.n]);
}

function writeEntity(sql: Sql, workspace: number, entity: EntityEntry, fresh: FreshRows): void {
  const isNew = !entity.stored;
  for (const [type, [mentions, ends]] of entity.types) {
    if (mentions === 0 && ends === 0) entity.types.delete(type);
  }
  const name = mostGiven(entity.forms, ({ named, ends }) => [named, ends])!;
  const type = mostGiven(entity.types, (count) => count)!;
  const values = [
    name,
    type,
    JSON.stringify(Object.fromEntries(entity.types)),
    entity.mentions,
    entity.facts,
    entity.documents,
  ];
  if (entity.stored) {
    sql.run(
      `UPDATE entities SET name = ?, type = ?, types = ?, mention_count = ?, fact_count = ?, document_count = ?
       WHERE n = ?`,
      [...values, entity.n],
    );
  } else {
    const { n, id, saidName, saidType } = entity;
    fresh.entities.add(n, workspace, id, saidName, saidType, ...values);
    entity.stored = true;
  }
  for (const [form, count] of entity.forms) {
    if (!count.changed) continue;
    const row = writeForm(sql, workspace, entity, form, count);
    if (row && isNew) fresh.forms.add(...row);
    else if (row) sql.run(CHANGED_FORM, row);
  }
}

/**
 * The name or type that most mentions give; where these are equal, most ends of supports; then the first in
 * the order of code points.
 */
function mostGiven<Count>(
  counts: ReadonlyMap<string, Count>,
  of: (count: Count) => readonly [mentions: number, ends: number],
): string | undefined {
  let best: string | undefined;
  let bestMentions = 0;
  let bestEnds = 0;
  for (const [value, count] of counts) {
    const [mentions, ends] = of(count);
    if (mentions === 0 && ends === 0) continue;
    const order = mentions - bestMentions || ends - bestEnds;
    if (best === undefined || order > 0 || (order === 0 && comesBefore(value, best))) {
      [best, bestMentions, bestEnds] = [value, mentions, ends];
    }
  }
  return best;
}

/** By code points, as SQLite orders text; `<` on strings goes by UTF-16 units. */
function comesBefore(a: string, b: string): boolean {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    if (a.charCodeAt(i) !== b.charCodeAt(i)) return a.codePointAt(i)! < b.codePointAt(i)!;
  }
  return a.length < b.length;
}

/** Words that stand for an entity in one place only; as an alias they would name everything. */
const PRONOUNS = new Set(
  'i you he she it we they me him her us them his hers its our ours their theirs this that these those who which'.split(
    ' ',
  ),
);

/** The row as it must be; deletes it, and gives none, where nothing bears the form any more. */
function writeForm(
  sql: Sql,
  workspace: number,
  entity: EntityEntry,
  form: string,
  count: FormCount,
): SqlValue[] | undefined {
  const { written, named, ends } = count;
  count.changed = false;
  if (written === 0 && ends === 0) {
    entity.forms.delete(form);
    sql.run('DELETE FROM entity_forms WHERE entity = ? AND form = ?', [entity.n, form]);
    return undefined;
  }
  const folded = normalizeName(form);
  const everyday = Number(folded === '' || PRONOUNS.has(folded));
  return [entity.n, form, workspace, folded, written, named, ends, everyday];
}

/** Removes every row of the workspace. */
export function removeGraphRows(sql: Sql, workspace: number): void {
  const ranges = sql.all<{ first: number; count: number }>(
    'SELECT first_chunk AS first, chunk_count AS count FROM graph_documents WHERE workspace = ?',
    [workspace],
  );
  for (const { first, count } of ranges) removeSaid(sql, first, count);
  const names = [workspace];
  sql.run(
    'DELETE FROM entity_forms WHERE entity IN (SELECT n FROM entities WHERE workspace = ?)',
    names,
  );
  for (const table of ['facts', 'entities', 'graph_documents']) {
    sql.run(`DELETE FROM ${table} WHERE workspace = ?`, names);
  }
  sql.run('DELETE FROM graph_workspaces WHERE n = ?', names);
}

/** Removes mentions, supports and chunks [first, first + count). */
export function removeSaid(sql: Sql, first: number, chunks: number): void {
  const rows = rowRange(first, chunks);
  sql.run('DELETE FROM mentions WHERE n >= ? AND n < ?', rows);
  sql.run('DELETE FROM fact_support WHERE n >= ? AND n < ?', rows);
  sql.run('DELETE FROM graph_chunks WHERE n >= ? AND n < ?', [first, first + chunks]);
}
