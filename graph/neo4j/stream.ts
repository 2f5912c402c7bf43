/** All that documents say, page by page, and which documents changed: what keeps an adjacency in step. */
import type { EdgePage } from '../types.ts';
import type { Neo4jConnection, Transaction } from './connection.ts';
import type { Keys } from './keys.ts';
import type { Place } from './packed-chunk.ts';
import { CHUNK, saidByChunks } from './read-said.ts';
import type { StoredChunk } from './read-said.ts';
import type { SaidSupport } from './said.ts';

/** Chunks; a chunk has some tens of rows. */
const PAGE_ROWS = 500;

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
  const text = `${SOURCE[documents ? 'some' : 'all']} RETURN ${CHUNK}`;
  const parameters = { tenant: keys.tenant, documents };
  for await (const chunks of paged<StoredChunk>(tx, text, parameters, signal)) {
    const { mentions, supports } = saidByChunks(chunks);
    yield* newEntities(
      [
        ...supports.flatMap(({ subject, object }) => [subject.id, object.id]),
        ...mentions.map((row) => row.entityId),
      ],
      numbers.entities,
    );
    yield* newChunks([...supports, ...mentions], numbers.chunks);
    yield* newFacts(supports, numbers);
    yield {
      kind: 'supports',
      chunks: supports.map((row) => numbers.chunks.of(placeOf(row))),
      facts: supports.map((row) => numbers.facts.of(row.factId)),
      confidence: supports.map((row) => row.confidence),
    };
    yield {
      kind: 'mentions',
      chunks: mentions.map((row) => numbers.chunks.of(placeOf(row))),
      entities: mentions.map((row) => numbers.entities.of(row.entityId)),
    };
  }
}

const SOURCE = {
  all: 'MATCH (:Document {tenant: $tenant})-[:HAS]->(c:Chunk)',
  some: 'UNWIND $documents AS document MATCH (:Document {key: document})-[:HAS]->(c:Chunk)',
} as const;

const placeOf = ({ documentId, chunkId }: Place): string => `${documentId}\n${chunkId}`;

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

function* newFacts(rows: readonly SaidSupport[], numbers: Numbers): Generator<EdgePage> {
  const fresh = firsts(rows, (row) => row.factId, numbers.facts);
  if (fresh.length === 0) return;
  yield {
    kind: 'facts',
    keys: fresh.map((row) => numbers.facts.of(row.factId)),
    ids: fresh.map((row) => row.factId),
    subjects: fresh.map((row) => numbers.entities.of(row.subject.id)),
    relations: fresh.map((row) => row.relation),
    objects: fresh.map((row) => numbers.entities.of(row.object.id)),
    negated: fresh.map((row) => Number(row.negated)),
  };
}

function* newEntities(found: readonly string[], numbering: Numbering): Generator<EdgePage> {
  const fresh = firsts(found, (id) => id, numbering);
  if (fresh.length === 0) return;
  yield { kind: 'entities', keys: fresh.map((id) => numbering.of(id)), ids: fresh };
}

function* newChunks(found: readonly Place[], numbering: Numbering): Generator<EdgePage> {
  const fresh = firsts(found, placeOf, numbering);
  if (fresh.length === 0) return;
  yield {
    kind: 'chunks',
    keys: fresh.map((place) => numbering.of(placeOf(place))),
    ids: fresh.map((place) => place.chunkId),
    documentIds: fresh.map((place) => place.documentId),
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
