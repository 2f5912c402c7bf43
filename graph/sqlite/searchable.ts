/** Which documents a search may show, as conditions on `documents d`. */
import type { SearchFilter } from '../types.ts';
import { jsonList } from './sql.ts';
import type { SqlValue } from './sql.ts';

/**
 * Its chunks may show up in a search. A document that waits for its deletion is out at once, as a disabled
 * one is.
 */
export const IS_SEARCHABLE = `d.enabled = 1 AND d.status <> 'deleting'`;

/** The opposite, in the words of the partial index `documents_hidden`. */
export const IS_HIDDEN = `(d.enabled = 0 OR d.status = 'deleting')`;

export interface FilterCondition {
  /** Fixed fragments joined by AND; `TRUE` without a filter. */
  readonly text: string;
  readonly parameters: Readonly<Record<string, SqlValue>>;
}

/** Throws RangeError for a time that is no ISO 8601. */
export function filterCondition(filter: SearchFilter = {}): FilterCondition {
  const { documentIds, mediaTypes, tags, createdFrom, createdBefore } = filter;
  const parts: string[] = [];
  const parameters: Record<string, SqlValue> = {};
  const add = (text: string, name: string, value: SqlValue): void => {
    parts.push(text);
    parameters[name] = value;
  };
  if (documentIds) add(IS_ONE_OF, 'documents', jsonList(documentIds));
  if (mediaTypes) add(OF_MEDIA_TYPE, 'mediaTypes', jsonList(mediaTypes));
  if (tags) add(BEARS_A_TAG, 'tags', jsonList(tags));
  if (createdFrom !== undefined) add('d.created_at >= @from', 'from', isoTime(createdFrom));
  if (createdBefore !== undefined) add('d.created_at < @before', 'before', isoTime(createdBefore));
  return { text: parts.join(' AND ') || 'TRUE', parameters };
}

const IS_ONE_OF = 'd.id IN (SELECT value FROM json_each(@documents))';

const OF_MEDIA_TYPE = `EXISTS (SELECT 1 FROM json_each(@mediaTypes) w
  WHERE w.value IN (d.media_type, substr(d.media_type, 1, instr(d.media_type, '/')) || '*'))`;

/** Most documents bear no tag: their list is not taken apart. */
const BEARS_A_TAG = `d.tags <> '[]' AND EXISTS (SELECT 1 FROM json_each(d.tags) t
  WHERE t.value IN (SELECT value FROM json_each(@tags)))`;

/** As `created_at` is written, so that text compares as time does. */
function isoTime(text: string): string {
  return new Date(text).toISOString();
}
