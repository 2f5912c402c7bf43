/** The graph as pages of numbers, for the in-memory adjacency; and what changed since it was read. */
import type { EdgePage, GraphStore } from '../types.ts';
import { findGraphWorkspace, PLACES } from './graph-keys.ts';
import { jsonList } from './sql.ts';
import type { Sql } from './sql.ts';

type Changes = Awaited<ReturnType<NonNullable<GraphStore['changesSince']>>>;

/** The cursor is `<workspace>:<change>`; a workspace that was removed and made again has another number. */
export function changesSince(sql: Sql, workspaceId: string, cursor?: string): Changes {
  const row = sql.get<{ n: number; change: number }>(
    'SELECT n, change FROM graph_workspaces WHERE id = ?',
    [workspaceId],
  ) ?? { n: 0, change: 0 };
  const present = `${row.n}:${row.change}`;
  if (cursor === present) return { cursor: present, documentIds: [] };
  const [workspace, change] = (cursor ?? '').split(':').map(Number);
  if (workspace !== row.n || !Number.isInteger(change)) {
    return { cursor: present, documentIds: undefined };
  }
  const documentIds = sql.column<string>(
    'SELECT id FROM graph_documents WHERE workspace = ? AND change > ? ORDER BY change',
    [row.n, change!],
  );
  return { cursor: present, documentIds };
}

/** Chunks read in one go, apart from documents that have more. */
const CHUNKS_PER_PAGE = 2_000;

/** Each group of documents is read in one transaction; between two groups others have their turn. */
export async function* graphEdges(
  sql: Sql,
  workspaceId: string,
  { documentIds, signal }: { documentIds?: readonly string[]; signal?: AbortSignal } = {},
): AsyncGenerator<EdgePage> {
  const workspace = findGraphWorkspace(sql, workspaceId);
  if (workspace === undefined) return;
  const entities = new Announced();
  const facts = new Announced();
  for (let after = -1; ;) {
    signal?.throwIfAborted();
    const pages = sql.read(() => {
      const documents = documentGroup(sql, workspace, after, documentIds);
      if (documents.length === 0) return undefined;
      after = documents.at(-1)!.n;
      return documents.flatMap((document) => documentPages(sql, document, entities, facts));
    });
    if (!pages) return;
    yield* pages;
    await new Promise(setImmediate);
  }
}

interface DocumentRow {
  readonly n: number;
  readonly id: string;
  readonly first_chunk: number;
  readonly chunk_count: number;
}

function documentGroup(
  sql: Sql,
  workspace: number,
  after: number,
  documentIds: readonly string[] | undefined,
): DocumentRow[] {
  const wanted = documentIds ? 'AND id IN (SELECT value FROM json_each(@ids))' : '';
  const rows = sql.all<DocumentRow>(
    `SELECT n, id, first_chunk, chunk_count FROM graph_documents
     WHERE workspace = @workspace AND n > @after AND chunk_count > 0 ${wanted} ORDER BY n LIMIT 256`,
    { workspace, after, ...(documentIds && { ids: jsonList(documentIds) }) },
  );
  let chunks = 0;
  const cut = rows.findIndex((row) => (chunks += row.chunk_count) > CHUNKS_PER_PAGE);
  return cut < 0 ? rows : rows.slice(0, cut + 1);
}

function documentPages(
  sql: Sql,
  { id, first_chunk, chunk_count }: DocumentRow,
  entities: Announced,
  facts: Announced,
): EdgePage[] {
  const [from, to] = [first_chunk * PLACES, (first_chunk + chunk_count) * PLACES];
  const chunks = sql.rows<Row>('SELECT n, id FROM graph_chunks WHERE n >= ? AND n < ?', [
    first_chunk,
    first_chunk + chunk_count,
  ]);
  const supports = sql.rows<Row>(SUPPORTS, [from, to]);
  const mentions = sql.rows<Row>(MENTIONS, [from, to]);
  const newFacts = sql.rows<Row>(FACTS, [jsonList(facts.fresh(numbers(supports, 1)))]);
  const endsAndMentioned = [
    ...numbers(newFacts, 2),
    ...numbers(newFacts, 4),
    ...numbers(mentions, 1),
  ];
  const newEntities = sql.rows<Row>(ENTITIES, [jsonList(entities.fresh(endsAndMentioned))]);
  return [
    {
      kind: 'chunks',
      keys: numbers(chunks, 0),
      ids: texts(chunks, 1),
      documentIds: chunks.map(() => id),
    },
    { kind: 'entities', keys: numbers(newEntities, 0), ids: texts(newEntities, 1) },
    {
      kind: 'facts',
      keys: numbers(newFacts, 0),
      ids: texts(newFacts, 1),
      subjects: numbers(newFacts, 2),
      relations: texts(newFacts, 3),
      objects: numbers(newFacts, 4),
      negated: numbers(newFacts, 5),
    },
    {
      kind: 'supports',
      chunks: numbers(supports, 0),
      facts: numbers(supports, 1),
      confidence: numbers(supports, 2),
    },
    { kind: 'mentions', chunks: numbers(mentions, 0), entities: numbers(mentions, 1) },
  ];
}

const SUPPORTS = `SELECT n / ${PLACES}, fact, confidence FROM fact_support WHERE n >= ? AND n < ?`;
const MENTIONS = `SELECT n / ${PLACES}, entity FROM mentions WHERE n >= ? AND n < ?`;
const FACTS = `SELECT f.n, f.id, f.subject, f.relation, f.object, f.negated
  FROM json_each(?) wanted CROSS JOIN facts f ON f.n = wanted.value`;
const ENTITIES =
  'SELECT e.n, e.id FROM json_each(?) wanted CROSS JOIN entities e ON e.n = wanted.value';

type Row = readonly (number | string)[];

function numbers(rows: readonly Row[], column: number): number[] {
  return rows.map((row) => row[column] as number);
}

function texts(rows: readonly Row[], column: number): string[] {
  return rows.map((row) => row[column] as string);
}

/** Which keys were given out already. */
class Announced {
  #seen = new Uint8Array(1024);

  /** Those of `keys` that were not asked for before, each once. */
  fresh(keys: readonly number[]): number[] {
    return keys.filter((key) => {
      if (key >= this.#seen.length) this.#grow(key);
      return this.#seen[key] === 0 && (this.#seen[key] = 1);
    });
  }

  #grow(key: number): void {
    const larger = new Uint8Array(Math.max(key + 1, this.#seen.length * 2));
    larger.set(this.#seen);
    this.#seen = larger;
  }
}
