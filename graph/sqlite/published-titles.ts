/**
 * Which names may be titles, from memory: a search asks for every run of words of a text, and hardly any is one. A set
 * of 32-bit hashes for each workspace, about 8 bytes a title; it follows the publications of documents.
 */
import type { Sql } from './sql.ts';

export interface PublishedTitles {
  /** The distinct names among `names` that may be titles of published documents: all that are, and a few others. */
  possible(workspaceId: string, names: readonly string[]): string[];
}

/** Titles read by one call: about 5 ms. Until all are read, every name may be one. */
const TITLES_PER_CALL = 5_000;
/** Workspaces kept; the least recently used goes. */
const KEPT = 16;

interface Kept {
  readonly hashes: HashSet;
  /** Publications up to this one were looked at. */
  upTo: number;
}

export function publishedTitles(sql: Sql): PublishedTitles {
  const kept = new Map<string, Kept>();

  /** Whether all titles of the present snapshot are in the set now. */
  function follow(workspaceId: string, entry: Kept): boolean {
    const newest = sql.column<number>(
      `SELECT value FROM revisions WHERE name = 'publications'`,
    )[0]!;
    if (entry.upTo === newest) return true;
    const rows = sql.rows<[publication: number, title: string]>(
      `SELECT publication, normalized_title FROM documents
       WHERE workspace_id = ? AND publication > 0 AND publication > ? ORDER BY publication LIMIT ?`,
      [workspaceId, entry.upTo, TITLES_PER_CALL],
    );
    for (const [, title] of rows) entry.hashes.add(hashOf(title));
    const isLevel = rows.length < TITLES_PER_CALL;
    entry.upTo = isLevel ? newest : rows.at(-1)![0];
    return isLevel;
  }

  return {
    possible: (workspaceId, names) =>
      sql.read(() => {
        const entry = kept.get(workspaceId) ?? { hashes: hashSet(), upTo: 0 };
        kept.delete(workspaceId);
        kept.set(workspaceId, entry);
        if (kept.size > KEPT) kept.delete(kept.keys().next().value!);
        const distinct = new Set(names);
        if (!follow(workspaceId, entry)) return [...distinct];
        return [...distinct].filter((name) => entry.hashes.has(hashOf(name)));
      }),
  };
}

interface HashSet {
  add(hash: number): void;
  has(hash: number): boolean;
}

/** Open addressing; 0 marks a free slot. */
function hashSet(): HashSet {
  let slots = new Int32Array(1 << 10);
  let size = 0;

  function slotOf(hash: number): number {
    const last = slots.length - 1;
    let at = hash & last;
    while (slots[at] !== 0 && slots[at] !== hash) at = (at + 1) & last;
    return at;
  }

  function grow(): void {
    const old = slots;
    slots = new Int32Array(2 * old.length);
    for (const hash of old) if (hash !== 0) slots[slotOf(hash)] = hash;
  }

  return {
    add: (hash) => {
      const at = slotOf(hash);
      if (slots[at] === hash) return;
      slots[at] = hash;
      if (2 * ++size > slots.length) grow();
    },
    has: (hash) => slots[slotOf(hash)] === hash,
  };
}

/** FNV-1a over UTF-16, mixed once more so that the lower bits tell names apart; never 0. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) | 0 || 1;
}
