/** The commit of an ingest: one transaction makes a document's version the one that searches see. */
import { ConflictError, StaleRunError } from '../errors.ts';
import { titleName } from '../names.ts';
import type { Chunk, Publication, PublishResult } from '../types.ts';
import { unusedBlobs } from './blobs.ts';
import { putExtraction, putTokens, upsertChunk } from './chunks.ts';
import type { CorpusContext } from './context.ts';
import { searchText } from './documents.ts';
import type { DocumentRow } from './documents.ts';
import { requireRun } from './jobs.ts';
import { unusedKvKeys } from './kv-registry.ts';
import { deleteLexicalRow, insertLexicalRow } from './lexical-table.ts';
import { removeChunks } from './removal.ts';
import { putSentences } from './sentence-vectors.ts';
import { jsonList, orNull } from './sql.ts';
import type { Sql } from './sql.ts';
import { putVector, trimLog } from './vector-table.ts';
import { workspaceNumber } from './workspaces.ts';

/** What the index holds of a chunk that is already there. */
interface IndexedChunk {
  readonly heading_path: string;
  readonly text: string;
}

export function publish(
  context: CorpusContext,
  publication: Publication,
  runToken: string,
): PublishResult {
  const { sql } = context;
  return sql.write(() => {
    const document = requirePublishable(sql, publication, runToken);
    const old = indexedChunks(sql, publication.documentId);
    const added = publication.chunks.filter((chunk) => !old.has(chunk.id));
    requireComplete(publication, document, added);
    requireFreeIds(sql, added);

    const wanted = new Set(publication.chunks.map((chunk) => chunk.id));
    const removed = [...old.keys()].filter((id) => !wanted.has(id));
    const droppedKvKeys = removeChunks(sql, document.workspace_id, removed);
    writeChunks(sql, document, publication, old);
    dateChunks(context, document.id);
    writeDerived(sql, document, publication);
    writeDocument(context, publication, document);
    trimLog(sql);
    return {
      chunksAdded: added.length,
      chunksKept: wanted.size - added.length,
      chunksRemoved: removed.length,
      obsoleteKvKeys: unusedKvKeys(sql, droppedKvKeys),
      obsoleteBlobs: dropOlderBlobs(sql, publication),
    };
  });
}

function requirePublishable(
  sql: Sql,
  { documentId, version }: Publication,
  runToken: string,
): DocumentRow {
  const job = requireRun(sql, runToken, { documentId });
  if (job.version !== version) {
    throw new StaleRunError(
      `The run works on version ${job.version}, but publishes version ${version}.`,
    );
  }
  const document = sql.get<DocumentRow>('SELECT * FROM documents WHERE id = ?', [documentId]);
  if (!document || document.status === 'deleting') {
    throw new StaleRunError(`Document ${documentId} was deleted while it was ingested.`);
  }
  if (document.version !== version) {
    throw new StaleRunError(
      `Document ${documentId} is at version ${document.version}; ${version} was superseded.`,
    );
  }
  return document;
}

function indexedChunks(sql: Sql, documentId: string): Map<string, IndexedChunk> {
  const rows = sql.all<IndexedChunk & { id: string }>(
    'SELECT id, heading_path, text FROM chunks WHERE document_id = ?',
    [documentId],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

function requireComplete(
  publication: Publication,
  document: DocumentRow,
  added: readonly Chunk[],
): void {
  const ids = new Set(publication.chunks.map((chunk) => chunk.id));
  if (ids.size < publication.chunks.length) throw incomplete('two chunks have the same id');
  for (const chunk of publication.chunks) {
    if (chunk.documentId !== document.id || chunk.workspaceId !== document.workspace_id) {
      throw incomplete(`chunk ${chunk.id} belongs to another document`);
    }
  }
  for (const { id } of added) {
    if (!publication.tokens.has(id)) throw incomplete(`new chunk ${id} has no tokens`);
    if (!publication.vectors.has(id)) throw incomplete(`new chunk ${id} has no embedding`);
  }
  for (const { chunkId } of publication.extractions) {
    if (!ids.has(chunkId))
      throw incomplete(`an extraction is about ${chunkId}, which is not published`);
  }
}

function requireFreeIds(sql: Sql, added: readonly Chunk[]): void {
  const taken = sql.column<string>(
    'SELECT id FROM chunks WHERE id IN (SELECT value FROM json_each(?)) LIMIT 1',
    [jsonList(added.map((chunk) => chunk.id))],
  )[0];
  if (taken !== undefined) throw incomplete(`another document already has a chunk ${taken}`);
}

function incomplete(reason: string): ConflictError {
  return new ConflictError(
    `The publication is not consistent: ${reason}.`,
    'This is a bug in ingest: report it.',
  );
}

function writeChunks(
  sql: Sql,
  document: DocumentRow,
  publication: Publication,
  old: ReadonlyMap<string, IndexedChunk>,
): void {
  const n = workspaceNumber(sql, document.workspace_id);
  for (const chunk of publication.chunks) {
    const row = upsertChunk(sql, chunk);
    const indexed = old.get(chunk.id);
    if (isIndexedAs(indexed, chunk)) continue;
    if (indexed) deleteLexicalRow(sql, n, row);
    insertLexicalRow(sql, n, row, chunk);
  }
}

/** A chunk whose text stays keeps its date from version to version. */
function dateChunks({ sql, now }: CorpusContext, documentId: string): void {
  sql.run('UPDATE chunks SET first_seen = ? WHERE document_id = ? AND first_seen IS NULL', [
    now(),
    documentId,
  ]);
}

function isIndexedAs(indexed: IndexedChunk | undefined, chunk: Chunk): boolean {
  return indexed?.text === chunk.text && indexed.heading_path === JSON.stringify(chunk.headingPath);
}

/** Tokens, vectors and extractions; kept chunks keep what the publication does not bring anew. */
function writeDerived(sql: Sql, document: DocumentRow, publication: Publication): void {
  const { tokens, vectors, extractions, tokenizerFingerprint, embedderFingerprint } = publication;
  for (const { id } of publication.chunks) {
    const ids = tokens.get(id);
    if (ids) putTokens(sql, id, tokenizerFingerprint, ids);
    const vector = vectors.get(id);
    if (vector) {
      const owner = { chunkId: id, documentId: document.id, workspaceId: document.workspace_id };
      putVector(sql, { ...owner, embedder: embedderFingerprint, vector });
    }
  }
  if (publication.sentences) putSentences(sql, embedderFingerprint, publication.sentences);
  for (const extraction of extractions) putExtraction(sql, extraction);
}

function writeDocument(
  { sql, now }: CorpusContext,
  publication: Publication,
  document: DocumentRow,
): void {
  const { parsed, version, documentId } = publication;
  sql.run(`UPDATE revisions SET value = value + 1 WHERE name = 'publications'`);
  sql.run(
    `INSERT INTO document_texts (document_id, text, blocks) VALUES (?, ?, ?)
     ON CONFLICT (document_id) DO UPDATE SET text = excluded.text, blocks = excluded.blocks`,
    [documentId, parsed.text, JSON.stringify(parsed.blocks)],
  );
  sql.run(
    `UPDATE documents SET title = @title, normalized_title = @normalizedTitle, folded = @folded, pages = @pages,
       chunk_count = @chunkCount, status = 'ready', error = NULL, published_version = @version, updated_at = @time,
       publication = (SELECT value FROM revisions WHERE name = 'publications')
     WHERE id = @documentId`,
    {
      documentId,
      version,
      title: parsed.title,
      normalizedTitle: titleName(parsed.title),
      folded: searchText(document.name, document.external_key, parsed.title),
      pages: orNull(parsed.pages),
      chunkCount: publication.chunks.length,
      time: now(),
    },
  );
}

function dropOlderBlobs(sql: Sql, { documentId, version }: Publication): string[] {
  const older = 'document_id = ? AND version < ?';
  const hashes = sql.column<string>(`SELECT content_hash FROM document_blobs WHERE ${older}`, [
    documentId,
    version,
  ]);
  sql.run(`DELETE FROM document_blobs WHERE ${older}`, [documentId, version]);
  return unusedBlobs(sql, hashes);
}
