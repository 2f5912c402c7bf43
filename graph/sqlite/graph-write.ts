/**
 * Writing the graph. What documents say (mentions, fact support) is stored as said; entities and facts follow
 * from counts over it (see `GraphLedger`). So the graph depends on the documents that are in it, and not on
 * the order in which they came.
 */
import type { GraphChange, SaidByDocument } from '../types.ts';
import { removeGraphRows, removeSaid, writeEntities, writeFacts } from './graph-derive.ts';
import type { Census } from './graph-derive.ts';
import { findGraphWorkspace, graphWorkspace, rowRange } from './graph-keys.ts';
import { countEnd, countMention, GraphLedger } from './graph-ledger.ts';
import type { EntityEntry } from './graph-ledger.ts';
import { ChunkWriter, SaidRows } from './graph-said.ts';
import type { Sql } from './sql.ts';

/** Rows of mentions and supports after which entities and facts are written. */
const ROWS_PER_FLUSH = 100_000;

/** Call inside a write transaction. An empty list of extractions removes what the document says. */
export function replaceInGraph(
  sql: Sql,
  workspaceId: string,
  documents: Iterable<SaidByDocument>,
): GraphChange {
  let writer: DocumentWriter | undefined;
  for (const document of documents) {
    writer ??= new DocumentWriter(sql, workspaceId);
    writer.replace(document);
  }
  return writer?.finish() ?? NO_CHANGE;
}

export function removeFromGraph(sql: Sql, workspaceId: string, documentId: string): GraphChange {
  const isThere = findGraphWorkspace(sql, workspaceId) !== undefined;
  return replaceInGraph(sql, workspaceId, isThere ? [{ documentId, extractions: [] }] : []);
}

export function removeGraphOfWorkspace(sql: Sql, workspaceId: string): void {
  const workspace = findGraphWorkspace(sql, workspaceId);
  if (workspace !== undefined) removeGraphRows(sql, workspace);
}

const NO_CHANGE: GraphChange = {
  factsAdded: 0,
  factsRemoved: 0,
  factsKept: 0,
  entitiesAdded: 0,
  entitiesRemoved: 0,
  entitiesKept: 0,
};

interface DocumentRow {
  readonly n: number;
  readonly first_chunk: number;
  readonly chunk_count: number;
}

class DocumentWriter {
  readonly #sql: Sql;
  readonly #workspace: number;
  readonly #ledger: GraphLedger;
  readonly #said: SaidRows;
  readonly #pending = new Set<string>();
  readonly #facts: Census = { added: 0, removed: 0, kept: 0 };
  readonly #entities: Census = { added: 0, removed: 0, kept: 0 };
  #change: number;
  #nextChunk: number;
  #rows = 0;

  constructor(sql: Sql, workspaceId: string) {
    this.#sql = sql;
    this.#workspace = graphWorkspace(sql, workspaceId);
    this.#ledger = new GraphLedger(sql, workspaceId);
    this.#said = new SaidRows(sql);
    this.#change = sql.get<{ change: number }>('SELECT change FROM graph_workspaces WHERE n = ?', [
      this.#workspace,
    ])!.change;
    this.#nextChunk = sql.column<number>('SELECT coalesce(max(n), 0) + 1 FROM graph_chunks')[0]!;
  }

  replace({ documentId, extractions }: SaidByDocument): void {
    // What was said a moment ago can only be taken back once it is written.
    if (this.#pending.has(documentId)) this.#flush(true);
    this.#pending.add(documentId);
    const old = this.#sql.get<DocumentRow>(
      'SELECT n, first_chunk, chunk_count FROM graph_documents WHERE workspace = ? AND id = ?',
      [this.#workspace, documentId],
    );
    if (!old && extractions.length === 0) return;
    if (old) this.#takeBack(old);
    this.#say(this.#register(documentId, old), extractions);
    if (this.#rows > ROWS_PER_FLUSH) this.#flush(false);
  }

  finish(): GraphChange {
    this.#flush(true);
    this.#sql.run('UPDATE graph_workspaces SET change = ? WHERE n = ?', [
      this.#change,
      this.#workspace,
    ]);
    return {
      factsAdded: this.#facts.added,
      factsRemoved: this.#facts.removed,
      factsKept: this.#facts.kept,
      entitiesAdded: this.#entities.added,
      entitiesRemoved: this.#entities.removed,
      entitiesKept: this.#entities.kept,
    };
  }

  /** Entities are written at the end, unless there are too many of them to be held until then. */
  #flush(isLast: boolean): void {
    this.#said.flush();
    writeFacts(this.#sql, this.#workspace, this.#ledger, this.#facts);
    if (isLast || this.#ledger.isFull) {
      writeEntities(this.#sql, this.#workspace, this.#ledger, this.#entities);
    }
    this.#pending.clear();
    this.#rows = 0;
  }

  /** Row number of the document, which from now on has no chunks. */
  #register(documentId: string, old: DocumentRow | undefined): number {
    const change = ++this.#change;
    if (old) {
      this.#sql.run('UPDATE graph_documents SET change = ?, chunk_count = 0 WHERE n = ?', [
        change,
        old.n,
      ]);
      return old.n;
    }
    const { lastInsertRowid } = this.#sql.run(
      'INSERT INTO graph_documents (workspace, id, first_chunk, chunk_count, change) VALUES (?, ?, 0, 0, ?)',
      [this.#workspace, documentId, change],
    );
    return Number(lastInsertRowid);
  }

  #takeBack({ first_chunk, chunk_count }: DocumentRow): void {
    if (chunk_count === 0) return;
    const range = rowRange(first_chunk, chunk_count);
    const speaksOf = new Set<EntityEntry>();
    for (const row of this.#sql.all<SaidMention>(SAID_MENTIONS, range)) {
      const entity = this.#ledger.entityByNumber(row.entity);
      const name = row.name ?? entity.saidName;
      countMention(entity, name, row.surface ?? name, row.type ?? entity.saidType, -1);
      speaksOf.add(entity);
    }
    for (const row of this.#sql.all<SaidSupport>(SAID_SUPPORTS, range)) {
      const fact = this.#ledger.factByNumber(row.fact);
      const { subject, object } = fact;
      fact.supports--;
      fact.lost = true;
      takeBackEnd(subject, row.subject_name, row.subject_type);
      takeBackEnd(object, row.object_name, row.object_type);
      speaksOf.add(subject).add(object);
    }
    for (const entity of speaksOf) entity.documents--;
    removeSaid(this.#sql, first_chunk, chunk_count);
    this.#rows += speaksOf.size;
  }

  #say(document: number, extractions: SaidByDocument['extractions']): void {
    const first = this.#nextChunk;
    const speaksOf = new Set<EntityEntry>();
    const chunks = new Map<string, ChunkWriter>();
    for (const { chunkId, mentions, triples } of extractions) {
      let chunk = chunks.get(chunkId);
      if (!chunk) {
        this.#said.chunks.add(this.#nextChunk, document, chunkId);
        chunk = new ChunkWriter(this.#ledger, this.#said, this.#nextChunk++, speaksOf);
        chunks.set(chunkId, chunk);
      }
      for (const mention of mentions) chunk.mention(mention);
      for (const triple of triples) chunk.support(triple);
      this.#rows += mentions.length + triples.length;
    }
    for (const entity of speaksOf) entity.documents++;
    this.#sql.run('UPDATE graph_documents SET first_chunk = ?, chunk_count = ? WHERE n = ?', [
      first,
      chunks.size,
      document,
    ]);
  }
}

function takeBackEnd(entity: EntityEntry, name: string | null, type: string | null): void {
  countEnd(entity, name ?? entity.saidName, type ?? entity.saidType, -1);
}

interface SaidMention {
  readonly entity: number;
  readonly name: string | null;
  readonly surface: string | null;
  readonly type: string | null;
}

const SAID_MENTIONS = 'SELECT entity, name, surface, type FROM mentions WHERE n >= ? AND n < ?';

interface SaidSupport {
  readonly fact: number;
  readonly subject_name: string | null;
  readonly subject_type: string | null;
  readonly object_name: string | null;
  readonly object_type: string | null;
}

const SAID_SUPPORTS = `SELECT fact, subject_name, subject_type, object_name, object_type FROM fact_support
  WHERE n >= ? AND n < ?`;
