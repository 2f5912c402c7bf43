/** Bulk loading: one transaction, and indices built at the end where the graph was empty. */
import type { GraphChange, SaidByDocument } from '../types.ts';
import { replaceInGraph } from './graph-write.ts';
import type { Sql } from './sql.ts';

/** KiB of pages held while many rows come: pages of indices that go out and come back would cost most. */
const CACHE_KIB = 262_144;

/** Those that answer questions, and the one that keeps facts unique: what an empty table comes to hold is known. */
const DEFERRED = [
  'facts_by_id',
  'entities_by_rank',
  'entity_forms_by_folded',
  'mentions_by_entity',
  'facts_by_rank',
  'facts_by_subject',
  'facts_by_object',
  'fact_support_by_fact',
];

/** As `replaceInGraph` in one transaction of its own. */
export function loadGraph(
  sql: Sql,
  workspaceId: string,
  documents: Iterable<SaidByDocument>,
): GraphChange {
  const cache = sql.db.pragma('cache_size', { simple: true }) as number;
  sql.db.pragma(`cache_size = -${CACHE_KIB}`);
  try {
    return sql.write(() => {
      const isEmpty = sql.get('SELECT 1 FROM entities LIMIT 1') === undefined;
      const load = (): GraphChange => replaceInGraph(sql, workspaceId, documents);
      return isEmpty ? withoutIndices(sql, load) : load();
    });
  } finally {
    sql.db.pragma(`cache_size = ${cache}`);
  }
}

/** A sorted build costs a third of as many insertions at random places. */
function withoutIndices<T>(sql: Sql, work: () => T): T {
  const definitions = DEFERRED.map(
    (name) => sql.column<string>('SELECT sql FROM sqlite_schema WHERE name = ?', [name])[0]!,
  );
  for (const name of DEFERRED) sql.db.exec(`DROP INDEX ${name}`);
  const result = work();
  for (const definition of definitions) sql.db.exec(definition);
  return result;
}
