/** What the Neo4j indices follow: chunks by row number with the log of removed ones, vectors by their log. */
import { parseJson } from '../../sqlite/codec.ts';
import { newestRemoval, removalsSince } from '../../sqlite/lexical-table.ts';
import { wordsOf } from '../../sqlite/lexical-text.ts';
import { jsonList } from '../../sqlite/sql.ts';
import type { Sql } from '../../sqlite/sql.ts';
import { DimensionError } from '../../errors.ts';
import { whole } from '../connection.ts';
import type { StoredVector, VectorSource } from '../../vectors/vector-source.ts';
import { START } from './follower.ts';
import type { FollowedSource, IndexRow } from './follower.ts';

/** Rows handed over in one transaction. */
const TEXTS = 2_000;
const VECTORS = 1_000;

interface ChunkRow {
  readonly n: number;
  readonly id: string;
  readonly document: number;
  readonly heading_path: string;
  readonly text: string;
}

const CHUNKS = `SELECT c.n, c.id, d.n AS document, c.heading_path, c.text FROM chunks c
  JOIN documents d ON d.id = c.document_id WHERE c.workspace_id = ?`;

/** Positions: `<entry of the log of removals>:<largest row number>`. */
export function textSource(sql: Sql, workspaceId: string, workspaceNumber: number): FollowedSource {
  return {
    changes: (position) =>
      sql.read(() => {
        const newest = newestRemoval(sql);
        const [seq, last] = position === START ? [newest, 0] : numbers(position);
        const removed = seq > newest ? undefined : removalsSince(sql, workspaceNumber, seq);
        if (!removed) return 'lost';
        // The number of a removed row may be in use again.
        const again = sql.all<ChunkRow>(
          `${CHUNKS} AND c.n IN (SELECT value FROM json_each(?)) AND c.n <= ?`,
          [workspaceId, jsonList(removed), last],
        );
        const fresh = sql.all<ChunkRow>(`${CHUNKS} AND c.n > ? ORDER BY c.n LIMIT ?`, [
          workspaceId,
          last,
          TEXTS,
        ]);
        if (removed.length === 0 && fresh.length === 0) return 'none';
        return {
          gone: [...new Set(removed)],
          added: [...again, ...fresh].map(textRow),
          position: `${newest}:${fresh.at(-1)?.n ?? last}`,
        };
      }),
  };
}

/** How often a word of each part counts: near the weights of the embedded index, 2.5 : 1.5 : 1. */
const TITLE_TIMES = 3;
const HEADING_TIMES = 2;

function textRow({ n, id, document, heading_path, text }: ChunkRow): IndexRow {
  const [title = '', ...headings] = parseJson<string[]>(heading_path);
  const words = wordsOf(text);
  const times = (part: readonly string[], count: number) =>
    Array.from({ length: count }, () => part);
  const weighted = [
    ...times(wordsOf(title), TITLE_TIMES),
    ...times(wordsOf(headings.join('\n')), HEADING_TIMES),
    words,
  ].flat();
  return {
    n,
    properties: {
      chunk: id,
      document: whole(document),
      words: weighted.join(' '),
      text: words.join(' '),
    },
  };
}

/** Positions: `<entry of the log>:<label>` while all are read for the first time, then `<entry of the log>`. */
export function vectorChanges(sql: Sql, source: VectorSource, dimension: number): FollowedSource {
  const row = ({ label, document, vector }: StoredVector, chunk: string): IndexRow => {
    // Neo4j would keep it and never find it.
    if (vector.length !== dimension) throw new DimensionError(dimension, vector.length);
    return { n: label, properties: { chunk, document: whole(document) }, vector: [...vector] };
  };
  const rows = (stored: readonly StoredVector[]): IndexRow[] => {
    const chunks = source.ids(stored.map(({ label }) => label));
    return stored.flatMap((each) => {
      const chunk = chunks.get(each.label);
      const isZero = each.vector.every((value) => value === 0); // similar to nothing
      return chunk === undefined || isZero ? [] : [row(each, chunk)];
    });
  };
  return {
    changes: (position) =>
      sql.read(() => {
        const newest = source.newestChange();
        const [seq, after] = position === START ? [newest, 0] : numbers(position);
        if (seq > newest || source.hasForgotten(seq)) return 'lost';
        if (!Number.isNaN(after)) {
          const page = source.vectors(after, VECTORS);
          const isLast = page.length < VECTORS;
          const next = isLast ? String(seq) : `${seq}:${page.at(-1)!.label}`;
          return { gone: [], added: rows(page), position: next };
        }
        const changes = source.changes(seq, VECTORS);
        if (changes.length === 0) return 'none';
        const stored = new Map(
          changes.flatMap(({ added }) => (added ? [[added.label, added]] : [])),
        );
        return {
          gone: [...new Set(changes.map(({ label }) => label))],
          added: rows([...stored.values()]),
          position: String(changes.at(-1)!.seq),
        };
      }),
  };
}

/** The second is NaN where there is none. */
function numbers(position: string): [first: number, second: number] {
  const [first, second] = position.split(':').map(Number);
  return [first!, second ?? Number.NaN];
}
