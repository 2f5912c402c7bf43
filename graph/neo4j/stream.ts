/** All that documents say, page by page, and which documents changed: what keeps an adjacency in step. */
import type { EdgePage } from '../types.ts';
import type { Neo4jConnection, Transaction } from './connection.ts';
import type { Keys } from './keys.ts';

const PAGE_ROWS = 5_000;

interface EdgeOptions {
  readonly documentIds?: readonly string[];
  readonly signal?: AbortSignal;
}

/** Numbers are given in the order in which ids are first met. */
class Numbering {
  readonly #numbers = new Map<string, number>();

  of(key: string): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    this.#numbers.set(key, this.#numbers.size);
    return this.#numbers.size - 1;
  }

  has(key: string): boolean {
    return this.#numbers.has(key);
  }
}

export function streamEdges(
  connection: Neo4jConnection,
  keys: Keys,
  { documentIds, signal }: EdgeOptions = {},
): AsyncIterable<EdgePage> {
  const documents = documentIds?.map(keys.document);
  return connection.streaming((tx) => pages(tx, keys, documents, signal));
}

async function* pages(
  tx: Transaction,
  keys: Keys,
  documents: readonly string[] | undefined,
  signal: AbortSignal | undefined,
): AsyncIterable<EdgePage> {
  const numbers = { entities: new Numbering(), chunks: new Numbering(), facts: new Numbering() };
  const source = {
    text: SOURCE[documents ? 'some' : 'all'],
    parameters: { tenant: keys.tenant, documents },
  };
  const ask = <Row>(rest: string) => paged<Row>(tx, source.text + rest, source.parameters, signal);

  for await (const rows of ask<SupportRow>(SUPPORTS)) {
    yield* announced(rows, keys, numbers);
    yield {
      kind: 'supports',
      chunks: rows.map((row) => numbers.chunks.of(row.chunk)),
      facts: rows.map((row) => numbers.facts.of(row.fact)),
      confidence: rows.map((row) => row.confidence),
    };
  }
  for await (const rows of ask<MentionRow>(MENTIONS)) {
    yield* newEntities(
      rows.map((row) => row.entity),
      keys,
      numbers.entities,
    );
    yield* newChunks(rows, numbers.chunks);
    yield {
      kind: 'mentions',
      chunks: rows.map((row) => numbers.chunks.of(row.chunk)),
      entities: rows.map((row) => numbers.entities.of(row.entity)),
    };
  }
}

const SOURCE = {
  all: 'MATCH (:Document {tenant: $tenant})-[:HAS]->(c:Chunk)',
  some: 'UNWIND $documents AS document MATCH (:Document {key: document})-[:HAS]->(c:Chunk)',
} as const;

interface ChunkRow {
  readonly chunk: string;
  readonly chunkId: string;
  readonly documentId: string;
}
interface SupportRow extends ChunkRow {
  readonly fact: string;
  readonly subject: string;
  readonly relation: string;
  readonly object: string;
  readonly negated: boolean;
  readonly confidence: number;
}
interface MentionRow extends ChunkRow {
  readonly entity: string;
}

const SUPPORTS = `-[p:SUPPORTS]->(s:Entity) MATCH ()-[f:FACT {key: p.fact}]->(o:Entity)
  RETURN c.key AS chunk, c.id AS chunkId, c.documentId AS documentId, p.confidence AS confidence,
    f.key AS fact, s.key AS subject, f.relation AS relation, o.key AS object, f.negated AS negated`;
const MENTIONS = `-[:MENTIONS]->(e:Entity)
  RETURN c.key AS chunk, c.id AS chunkId, c.documentId AS documentId, e.key AS entity`;

async function* paged<Row>(
  tx: Transaction,
  text: string,
  parameters: Readonly<Record<string, unknown>>,
  signal: AbortSignal | undefined,
): AsyncIterable<Row[]> {
  let rows: Row[] = [];
  for await (const row of tx.stream<Row>(text, parameters)) {
    rows.push(row);
    if (rows.length < PAGE_ROWS) continue;
    signal?.throwIfAborted();
    yield rows;
    rows = [];
  }
  signal?.throwIfAborted();
  if (rows.length > 0) yield rows;
}

interface Numbers {
  readonly entities: Numbering;
  readonly chunks: Numbering;
  readonly facts: Numbering;
}

/** Nodes that the rows are the first to name. */
function* announced(
  rows: readonly SupportRow[],
  keys: Keys,
  numbers: Numbers,
): Generator<EdgePage> {
  yield* newEntities(
    rows.flatMap((row) => [row.subject, row.object]),
    keys,
    numbers.entities,
  );
  yield* newChunks(rows, numbers.chunks);
  const fresh = firsts(rows, (row) => row.fact, numbers.facts);
  if (fresh.length === 0) return;
  yield {
    kind: 'facts',
    keys: fresh.map((row) => numbers.facts.of(row.fact)),
    ids: fresh.map((row) => keys.idOf(row.fact)),
    subjects: fresh.map((row) => numbers.entities.of(row.subject)),
    relations: fresh.map((row) => row.relation),
    objects: fresh.map((row) => numbers.entities.of(row.object)),
    negated: fresh.map((row) => Number(row.negated)),
  };
}

function* newEntities(
  found: readonly string[],
  keys: Keys,
  numbering: Numbering,
): Generator<EdgePage> {
  const fresh = firsts(found, (key) => key, numbering);
  if (fresh.length === 0) return;
  yield {
    kind: 'entities',
    keys: fresh.map((key) => numbering.of(key)),
    ids: fresh.map((key) => keys.idOf(key)),
  };
}

function* newChunks(rows: readonly ChunkRow[], numbering: Numbering): Generator<EdgePage> {
  const fresh = firsts(rows, (row) => row.chunk, numbering);
  if (fresh.length === 0) return;
  yield {
    kind: 'chunks',
    keys: fresh.map((row) => numbering.of(row.chunk)),
    ids: fresh.map((row) => row.chunkId),
    documentIds: fresh.map((row) => row.documentId),
  };
}

/** Rows whose key has no number yet, each key once; numbers them. */
function firsts<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  numbering: Numbering,
): Row[] {
  return rows.filter((row) => {
    const key = keyOf(row);
    if (numbering.has(key)) return false;
    numbering.of(key);
    return true;
  });
}

interface Changes {
  readonly cursor: string;
  readonly documentIds: readonly string[] | undefined;
}

/** A cursor is the workspace's epoch and version; the epoch is another after a removal. */
export async function changesSince(
  tx: Transaction,
  { tenant }: Keys,
  cursor: string | undefined,
): Promise<Changes> {
  const [state] = await tx.rows<{ epoch: string; version: number; log: readonly string[] }>(
    'MATCH (w:Workspace {key: $tenant}) RETURN w.epoch AS epoch, w.version AS version, w.log AS log',
    { tenant },
  );
  if (!state) return { cursor: 'none', documentIds: cursor === 'none' ? [] : undefined };
  const { epoch, version, log } = state;
  const now = `${epoch}:${version}`;
  const [knownEpoch, knownVersion] = cursor?.split(':') ?? [];
  const missed = version - Number(knownVersion);
  const canTell = knownEpoch === epoch && missed >= 0 && missed <= log.length;
  return {
    cursor: now,
    documentIds: canTell ? [...new Set(log.slice(log.length - missed))] : undefined,
  };
}
