/**
 * Filters as sets of document numbers (`documents.n`), for the indices that live in memory. A set is made by
 * one query, then kept: new documents are added to it, and a change of attributes makes it anew.
 */
import type { SearchFilter } from '../types.ts';
import { filterCondition, IS_HIDDEN } from './searchable.ts';
import type { Sql, SqlValue } from './sql.ts';

export interface DocumentFilters {
  /**
   * Which documents may show up now; `undefined` if all may. The same function as before as long as nothing
   * but new documents has changed.
   */
  allowed(workspaceId: string, filter: SearchFilter | undefined): AllowsDocument | undefined;
}

export type AllowsDocument = (documentNumber: number) => boolean;

/** Sets kept; the least recently used goes. */
const KEPT = 16;

interface Kept {
  readonly numbers: NumberSet;
  /** Documents up to this number were looked at. */
  upTo: number;
  readonly revision: number;
  allows: AllowsDocument | undefined;
}

export function documentFilters(sql: Sql): DocumentFilters {
  const kept = new Map<string, Kept>();

  /** Numbers of the workspace's documents for which `condition` holds. */
  function numbersOf(
    workspaceId: string,
    condition: string,
    parameters: Readonly<Record<string, SqlValue>>,
  ): Kept {
    const key = JSON.stringify([workspaceId, condition, parameters]);
    const revision = attributesRevision(sql);
    let entry = kept.get(key);
    if (entry?.revision !== revision)
      entry = { numbers: numberSet(), upTo: 0, revision, allows: undefined };
    const newest = sql.column<number>('SELECT coalesce(max(n), 0) FROM documents')[0]!;
    if (newest > entry.upTo) {
      const found = sql.column<number>(
        `SELECT d.n FROM documents d WHERE ${parameters.documents ? '+' : ''}d.workspace_id = @workspaceId
         AND d.n > @upTo AND ${condition}`,
        { ...parameters, workspaceId, upTo: entry.upTo },
      );
      for (const n of found) entry.numbers.add(n);
      entry.upTo = newest;
    }
    kept.delete(key);
    kept.set(key, entry);
    if (kept.size > KEPT) kept.delete(kept.keys().next().value!);
    return entry;
  }

  return {
    allowed: (workspaceId, filter) =>
      sql.read(() => {
        const hidden = numbersOf(workspaceId, IS_HIDDEN, {});
        const { text, parameters } = filterCondition(filter);
        if (Object.keys(parameters).length === 0) {
          return hidden.numbers.size === 0 ? undefined : (hidden.allows ??= isNot(hidden.numbers));
        }
        const wanted = numbersOf(workspaceId, text, parameters);
        return (wanted.allows ??= both(wanted.numbers, hidden.numbers));
      }),
  };
}

function isNot(hidden: NumberSet): AllowsDocument {
  return (n) => !hidden.has(n);
}

/** Good as long as `wanted` is: what changes one set changes the revision of both. */
function both(wanted: NumberSet, hidden: NumberSet): AllowsDocument {
  return (n) => wanted.has(n) && !hidden.has(n);
}

/** Grows whenever a document is hidden, shown again, tagged or given another media type. */
function attributesRevision(sql: Sql): number {
  return sql.column<number>(`SELECT value FROM revisions WHERE name = 'document_attributes'`)[0]!;
}

interface NumberSet {
  readonly size: number;
  add(n: number): void;
  has(n: number): boolean;
}

/** One byte a number: asked for every posting of every word, so it must be quick. */
function numberSet(): NumberSet {
  let bytes = new Uint8Array(1_024);
  let size = 0;
  return {
    get size() {
      return size;
    },
    add: (n) => {
      if (n >= bytes.length) {
        const larger = new Uint8Array(Math.max(n + 1, 2 * bytes.length));
        larger.set(bytes);
        bytes = larger;
      }
      size += bytes[n] === 0 ? 1 : 0;
      bytes[n] = 1;
    },
    has: (n) => bytes[n] === 1,
  };
}
