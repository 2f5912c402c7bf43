/**
 * The state of a workspace as sorted lines, without times, run numbers and attempts: two histories that
 * end in the same state give the same lines, if their ids agree.
 */
import { createHash } from 'node:crypto';
import { lexicalTable } from './lexical-table.ts';
import type { Sql } from './sql.ts';
import { workspaceNumber } from './workspaces.ts';

type Row = Readonly<Record<string, string | number | Uint8Array | null>>;

export function dumpWorkspace(sql: Sql, workspaceId: string): string[] {
  return sql.read(() => {
    const n = workspaceNumber(sql, workspaceId);
    return [...corpusLines(sql, workspaceId), ...indexLines(sql, workspaceId, n)].sort();
  });
}

function corpusLines(sql: Sql, workspaceId: string): string[] {
  const lines = (kind: string, text: string) =>
    sql.all<Row>(text, [workspaceId]).map((row) => line(kind, row));
  return [
    ...lines(
      'document',
      `SELECT id, external_key, name, media_type, source, url, content_hash, bytes, tags, enabled, version,
         published_version, graph_version, status, error, title, pages, chunk_count
       FROM documents WHERE workspace_id = ?`,
    ),
    ...lines(
      'text',
      `SELECT d.id, t.text, t.blocks FROM documents d JOIN document_texts t ON t.document_id = d.id
       WHERE d.workspace_id = ?`,
    ),
    ...lines(
      'blob',
      `SELECT d.id, b.version, b.content_hash FROM documents d JOIN document_blobs b ON b.document_id = d.id
       WHERE d.workspace_id = ?`,
    ),
    ...lines(
      'chunk',
      `SELECT id, document_id, ordinal, heading_path, text, start, end, page, sentences, token_count
       FROM chunks WHERE workspace_id = ?`,
    ),
    ...lines(
      'tokens',
      `SELECT t.chunk_id, t.tokenizer, t.tokens FROM chunks c JOIN chunk_tokens t ON t.chunk_id = c.id
       WHERE c.workspace_id = ?`,
    ),
    ...lines(
      'extraction',
      `SELECT e.chunk_id, e.extraction FROM chunks c JOIN chunk_extractions e ON e.chunk_id = c.id
       WHERE c.workspace_id = ?`,
    ),
    ...lines(
      'kv',
      `SELECT k.chunk_id, k.kv_key FROM chunks c JOIN chunk_kv k ON k.chunk_id = c.id WHERE c.workspace_id = ?`,
    ),
    ...lines(
      'job',
      `SELECT kind, document_id, document_name, version, state, cancel_requested, error
       FROM jobs WHERE workspace_id = ?`,
    ),
  ];
}

/** What the indices hold, asked from the indices, not from the chunks. */
function indexLines(sql: Sql, workspaceId: string, n: number): string[] {
  const indexed = sql.all<Row>(
    `SELECT coalesce(c.id, 'rowid without chunk ' || f.rowid) AS chunk_id
     FROM ${lexicalTable(n)} f LEFT JOIN chunks c ON c.n = f.rowid`,
  );
  const vectors = sql.all<Row>(
    'SELECT chunk_id, document_id, embedder, dim, vector FROM vectors WHERE workspace_id = ?',
    [workspaceId],
  );
  return [
    ...indexed.map((row) => line('lexical', row)),
    ...vectors.map((row) => line('vector', row)),
  ];
}

function line(kind: string, row: Row): string {
  return `${kind} ${JSON.stringify(row, (_key, value: unknown) => shortened(value))}`;
}

/** Long texts and blobs as hashes, so that a dump stays readable. */
function shortened(value: unknown): unknown {
  if (isBufferJson(value)) return sha256(Buffer.from(value.data));
  if (typeof value === 'string' && value.length > 200) return sha256(value);
  return value;
}

/** A Buffer's own `toJSON` has run before the replacer sees it. */
function isBufferJson(value: unknown): value is { type: 'Buffer'; data: number[] } {
  return (
    typeof value === 'object' && value !== null && (value as { type?: unknown }).type === 'Buffer'
  );
}

function sha256(data: string | Uint8Array): string {
  return `sha256:${createHash('sha256').update(data).digest('hex').slice(0, 32)}`;
}
