import { foldText } from '../fold.ts';
import { NotFoundError } from '../errors.ts';
import { titleName } from '../names.ts';
import { randomId } from '../random-id.ts';
import type {
  Block,
  CorpusStore,
  DocumentRecord,
  DocumentStatus,
  PutDocument,
  SearchFilter,
  StoredError,
} from '../types.ts';
import { parseJson } from './codec.ts';
import type { CorpusContext } from './context.ts';
import { cutPage, newestFirstCursor, pageLimit } from './paging.ts';
import { publishedTitles } from './published-titles.ts';
import { filterCondition, IS_HIDDEN, IS_SEARCHABLE } from './searchable.ts';
import { jsonList, orNull, orUndefined } from './sql.ts';
import type { Sql } from './sql.ts';
import { workspaceNumber } from './workspaces.ts';

export interface DocumentRow {
  readonly n: number;
  readonly id: string;
  readonly workspace_id: string;
  readonly external_key: string;
  readonly name: string;
  readonly media_type: string;
  readonly source: DocumentRecord['source'];
  readonly url: string | null;
  readonly content_hash: string;
  readonly bytes: number;
  readonly tags: string;
  readonly enabled: number;
  readonly pinned: number;
  readonly version: number;
  readonly published_version: number;
  readonly graph_version: number;
  readonly status: DocumentStatus;
  readonly error: string | null;
  readonly title: string;
  readonly normalized_title: string;
  readonly folded: string;
  readonly pages: number | null;
  readonly chunk_count: number;
  readonly job_id: string | null;
  readonly created_at: string;
  readonly updated_at: string;
}

/** Hidden documents that are read for one search, rather than each document it meets. */
const MOST_HIDDEN = 1_000;

type DocumentMethods = Pick<
  CorpusStore,
  | 'putDocument'
  | 'document'
  | 'documentByKey'
  | 'documents'
  | 'updateDocument'
  | 'setDocumentStatus'
  | 'keepDocument'
  | 'documentText'
  | 'documentsByTitle'
  | 'counts'
  | 'searchable'
  | 'markGraphSynced'
  | 'documentsAwaitingGraph'
  | 'useGraphStore'
>;

export function documentMethods(context: CorpusContext): DocumentMethods {
  const { sql, now } = context;
  const titles = publishedTitles(sql);
  return {
    putDocument: (input) => sql.write(() => putDocument(context, input)),

    document: (workspaceId, id) => {
      const row = documentRow(sql, workspaceId, id);
      return row && documentOf(row);
    },

    documentByKey: (workspaceId, externalKey) => {
      const row = rowByKey(sql, workspaceId, externalKey);
      return row && documentOf(row);
    },

    documents: (workspaceId, { query, status, ids }, page) => {
      const limit = pageLimit(page);
      const rows = sql.all<DocumentRow>(
        `SELECT * FROM documents WHERE workspace_id = @workspaceId AND n < @cursor
           AND (@query IS NULL OR instr(folded, @query) > 0)
           AND (@status IS NULL OR status = @status)
           AND (@ids IS NULL OR id IN (SELECT value FROM json_each(@ids)))
         ORDER BY n DESC LIMIT @limit`,
        {
          workspaceId,
          cursor: newestFirstCursor(sql, 'documents', page.after),
          query: query ? foldText(query).trim() : null,
          status: orNull(status),
          ids: ids ? jsonList(ids) : null,
          limit: limit + 1,
        },
      );
      return cutPage(rows.map(documentOf), limit);
    },

    updateDocument: (workspaceId, id, patch) =>
      sql.write(() => {
        const old = requireDocument(sql, workspaceId, id);
        sql.run(
          'UPDATE documents SET tags = ?, enabled = ?, pinned = ?, updated_at = ? WHERE id = ?',
          [
            patch.tags ? JSON.stringify(patch.tags) : old.tags,
            Number(patch.enabled ?? old.enabled),
            Number(patch.pinned ?? old.pinned),
            now(),
            id,
          ],
        );
        return documentOf(requireDocument(sql, workspaceId, id));
      }),

    // Silent for an older version: the run that asks was overtaken, and its outcome concerns nobody. A
    // deletion that was ordered stands: a run that goes on for a while must not bring the document back.
    setDocumentStatus: (id, version, status, error) => {
      sql.run(
        `UPDATE documents SET status = @status, error = @error, updated_at = @time
         WHERE id = @id AND version = @version AND (status <> 'deleting' OR @status = 'deleting')`,
        { id, version, status, error: errorText(error), time: now() },
      );
    },

    keepDocument: (id, version, error) => {
      sql.run(
        `UPDATE documents SET status = iif(published_version = version, 'ready', 'failed'),
           error = iif(published_version = version, NULL, @error), updated_at = @time
         WHERE id = @id AND version = @version AND status = 'deleting'`,
        { id, version, error: errorText(error), time: now() },
      );
    },

    documentText: (workspaceId, id) => {
      const row = sql.get<{ title: string; text: string; blocks: string }>(
        `SELECT d.title, t.text, t.blocks FROM documents d JOIN document_texts t ON t.document_id = d.id
         WHERE d.workspace_id = ? AND d.id = ?`,
        [workspaceId, id],
      );
      return row && { ...row, blocks: parseJson<Block[]>(row.blocks) };
    },

    documentsByTitle: (workspaceId, names) => {
      const known = titles.possible(workspaceId, names);
      if (known.length === 0) return [];
      return sql.all(
        `SELECT d.id AS documentId, d.title, d.normalized_title AS normalizedTitle
         FROM json_each(?) wanted CROSS JOIN documents d INDEXED BY documents_by_title
           ON d.workspace_id = ? AND d.normalized_title = wanted.value
         WHERE ${IS_SEARCHABLE} AND d.published_version > 0 ORDER BY d.n`,
        [jsonList(known), workspaceId],
      );
    },

    counts: (workspaceId) =>
      sql.get<{ documents: number; chunks: number; bytes: number }>(
        `SELECT count(*) AS documents, coalesce(sum(chunk_count), 0) AS chunks, coalesce(sum(bytes), 0) AS bytes
         FROM documents WHERE workspace_id = ?`,
        [workspaceId],
      )!,

    searchable: (workspaceId, filter) => searchable(sql, workspaceId, filter),

    markGraphSynced: (documentId, version) => {
      sql.run('UPDATE documents SET graph_version = ? WHERE id = ? AND published_version = ?', [
        version,
        documentId,
        version,
      ]);
    },

    useGraphStore: (id) =>
      sql.write(() => {
        const { changes } = sql.run('UPDATE graph_store SET id = ? WHERE id <> ?', [id, id]);
        if (changes > 0) sql.run('UPDATE documents SET graph_version = 0');
      }),

    documentsAwaitingGraph: () =>
      sql.all(
        `SELECT workspace_id AS workspaceId, id AS documentId, published_version AS version FROM documents
         WHERE graph_version <> published_version ORDER BY n`,
      ),
  };
}

function searchable(
  sql: Sql,
  workspaceId: string,
  filter: SearchFilter | undefined,
): (documentId: string) => boolean {
  const { text, parameters } = filterCondition(filter);
  const query = `SELECT 1 FROM documents d
    WHERE d.workspace_id = @workspaceId AND d.id = @id AND ${IS_SEARCHABLE} AND ${text}`;
  const hidden = filter ? undefined : hiddenDocuments(sql, workspaceId);
  if (hidden) return (id) => !hidden.has(id);
  const known = new Map<string, boolean>();
  return (id) => {
    let allowed = known.get(id);
    if (allowed === undefined) {
      allowed = sql.get(query, { ...parameters, workspaceId, id }) !== undefined;
      known.set(id, allowed);
    }
    return allowed;
  };
}

/** `undefined` if they are too many to be read for one search. */
function hiddenDocuments(sql: Sql, workspaceId: string): Set<string> | undefined {
  const ids = sql.column<string>(
    `SELECT d.id FROM documents d WHERE d.workspace_id = ? AND ${IS_HIDDEN} LIMIT ?`,
    [workspaceId, MOST_HIDDEN + 1],
  );
  return ids.length > MOST_HIDDEN ? undefined : new Set(ids);
}

type PutResult = ReturnType<CorpusStore['putDocument']>;

function putDocument(context: CorpusContext, input: PutDocument): PutResult {
  const { sql } = context;
  workspaceNumber(sql, input.workspaceId);
  const sameKey = rowByKey(sql, input.workspaceId, input.externalKey);
  const unchanged = sameBytes(sameKey, input) ? sameKey : undefined;
  const twin = unchanged ?? (sameKey ? undefined : rowWithSameBytes(sql, input));
  if (twin) return { document: documentOf(twin), outcome: 'unchanged' };
  const id = sameKey ? replaceVersion(context, sameKey, input) : insertDocument(context, input);
  return {
    document: documentOf(requireDocument(sql, input.workspaceId, id)),
    outcome: sameKey ? 'updated' : 'created',
  };
}

/** A document on its way out does not count as already there. */
function sameBytes(row: DocumentRow | undefined, input: PutDocument): boolean {
  return row !== undefined && row.content_hash === input.contentHash && row.status !== 'deleting';
}

/** A failed twin holds nothing, perhaps because of its name or media type: it does not count either. */
function rowWithSameBytes(sql: Sql, input: PutDocument): DocumentRow | undefined {
  return sql.get<DocumentRow>(
    `SELECT * FROM documents WHERE workspace_id = ? AND content_hash = ? AND status NOT IN ('deleting', 'failed')
     ORDER BY n LIMIT 1`,
    [input.workspaceId, input.contentHash],
  );
}

function insertDocument(context: CorpusContext, input: PutDocument): string {
  const id = randomId('doc_', context.random);
  const time = context.now();
  context.sql.run(
    `INSERT INTO documents (id, workspace_id, external_key, name, media_type, source, url, content_hash, bytes,
       tags, version, status, title, normalized_title, folded, created_at, updated_at)
     VALUES (@id, @workspaceId, @externalKey, @name, @mediaType, @source, @url, @contentHash, @bytes,
       @tags, 1, 'pending', @name, @normalizedTitle, @folded, @time, @time)`,
    {
      ...columnsOf(input),
      id,
      workspaceId: input.workspaceId,
      externalKey: input.externalKey,
      tags: JSON.stringify(input.tags ?? []),
      normalizedTitle: titleName(input.name),
      folded: searchText(input.name, input.externalKey, ''),
      time,
    },
  );
  noteBlob(context.sql, id, 1, input.contentHash);
  return id;
}

/** The published version stays in use until the new one is published. */
function replaceVersion(context: CorpusContext, old: DocumentRow, input: PutDocument): string {
  const version = old.version + 1;
  context.sql.run(
    `UPDATE documents SET name = @name, media_type = @mediaType, source = @source, url = @url,
       content_hash = @contentHash, bytes = @bytes, tags = @tags, version = @version, status = 'pending',
       error = NULL, folded = @folded, updated_at = @time WHERE id = @id`,
    {
      ...columnsOf(input),
      id: old.id,
      version,
      tags: input.tags ? JSON.stringify(input.tags) : old.tags,
      folded: searchText(input.name, input.externalKey, old.title),
      time: context.now(),
    },
  );
  noteBlob(context.sql, old.id, version, input.contentHash);
  return old.id;
}

function columnsOf(input: PutDocument) {
  const { name, mediaType, source, contentHash, bytes } = input;
  return { name, mediaType, source, contentHash, bytes, url: orNull(input.url) };
}

function noteBlob(sql: Sql, documentId: string, version: number, contentHash: string): void {
  sql.run('INSERT INTO document_blobs (document_id, version, content_hash) VALUES (?, ?, ?)', [
    documentId,
    version,
    contentHash,
  ]);
}

export function searchText(name: string, externalKey: string, title: string): string {
  return foldText([name, externalKey, title].join('\n'));
}

export function documentRow(sql: Sql, workspaceId: string, id: string): DocumentRow | undefined {
  return sql.get<DocumentRow>('SELECT * FROM documents WHERE workspace_id = ? AND id = ?', [
    workspaceId,
    id,
  ]);
}

function requireDocument(sql: Sql, workspaceId: string, id: string): DocumentRow {
  const row = documentRow(sql, workspaceId, id);
  if (!row) throw new NotFoundError('document', id);
  return row;
}

function rowByKey(sql: Sql, workspaceId: string, externalKey: string): DocumentRow | undefined {
  return sql.get<DocumentRow>(
    'SELECT * FROM documents WHERE workspace_id = ? AND external_key = ?',
    [workspaceId, externalKey],
  );
}

export function errorText(error: StoredError | undefined): string | null {
  return error
    ? JSON.stringify({ code: error.code, message: error.message, fix: error.fix })
    : null;
}

export function errorOf(text: string | null): StoredError | undefined {
  return text === null ? undefined : parseJson<StoredError>(text);
}

function documentOf(row: DocumentRow): DocumentRecord {
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    externalKey: row.external_key,
    name: row.name,
    mediaType: row.media_type,
    source: row.source,
    url: orUndefined(row.url),
    contentHash: row.content_hash,
    bytes: row.bytes,
    tags: parseJson<string[]>(row.tags),
    enabled: row.enabled === 1,
    pinned: row.pinned === 1,
    version: row.version,
    publishedVersion: row.published_version,
    status: row.status,
    error: errorOf(row.error),
    title: row.title,
    pages: orUndefined(row.pages),
    chunkCount: row.chunk_count,
    jobId: orUndefined(row.job_id),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
