/**
 * Keys under which things are found in Neo4j. Each is a digest or an id made from one, so that a name of any
 * length and with any characters fits an index; none of them ever becomes part of a query's text.
 */
import { createHash } from 'node:crypto';

export interface Keys {
  /** Of the workspace. */
  readonly tenant: string;
  /** Key of an entity or fact by its id. */
  readonly of: (id: string) => string;
  readonly idOf: (key: string) => string;
  readonly document: (documentId: string) => string;
  readonly chunk: (documentId: string, chunkId: string) => string;
  /** Of all chunks with this id: ids of chunks are unique in practice, but nothing here relies on it. */
  readonly chunkId: (chunkId: string) => string;
  /** Of a folded name. */
  readonly name: (folded: string) => string;
  /** Entities in the order of their listing: most mentions first, then by id. */
  readonly entityRank: (id: string, mentionCount: number) => string;
  /** Facts in the order of their listing: highest confidence first, then by id. */
  readonly factRank: (id: string, confidence: number) => string;
  /** Stands at the front of every rank of the workspace. */
  readonly rankStart: string;
  /** Above every rank of the workspace. */
  readonly rankEnd: string;
}

/** `namespace` keeps two installations apart that share a database. */
export function keysOf(namespace: string, workspaceId: string): Keys {
  const prefix = namespace === '' ? '' : `${digest(['namespace', namespace], 8)}:`;
  const tenant = digest(['workspace', namespace, workspaceId], 24);
  const rankStart = tenant.slice(0, RANK_START);
  return {
    tenant,
    of: (id) => prefix + id,
    idOf: (key) => key.slice(prefix.length),
    document: (documentId) => digest(['document', tenant, documentId]),
    chunk: (documentId, chunkId) => digest(['chunk', tenant, documentId, chunkId]),
    chunkId: (chunkId) => digest(['chunk id', tenant, chunkId]),
    name: (folded) => digest(['name', tenant, folded]),
    entityRank: (id, mentionCount) => rankStart + descending32(mentionCount) + idHex(id),
    factRank: (id, confidence) => rankStart + descending64(confidence) + idHex(id),
    rankStart,
    rankEnd: `${rankStart}~`,
  };
}

/**
 * Neo4j keeps up to 54 characters of hexadecimals beside the other properties; a longer text costs a record of its own
 * with every write. 13 for the workspace, 16 for the confidence and 25 for the id are just that.
 */
const RANK_START = 13;

/** Characters of the key of a document or a chunk: 88 bits. */
export const PLACE_LENGTH = 22;

/** Hexadecimals; JSON keeps lists of fields apart. */
function digest(fields: readonly string[], length = PLACE_LENGTH): string {
  return createHash('sha256').update(JSON.stringify(fields)).digest('hex').slice(0, length);
}

/** The 20 characters of base 32 behind the prefix of an id, in the same order. */
function idHex(id: string): string {
  let hex = '';
  for (let i = id.length - 20; i < id.length; i += 4) {
    hex += Number.parseInt(id.slice(i, i + 4), 32)
      .toString(16)
      .padStart(5, '0');
  }
  return hex;
}

function descending32(count: number): string {
  return (0xffff_ffff - Math.min(Math.max(0, count), 0xffff_ffff)).toString(16).padStart(8, '0');
}

/** The bits of a non-negative float grow with it, so their complement falls. */
function descending64(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.max(0, value));
  return (~view.getBigUint64(0) & 0xffff_ffff_ffff_ffffn).toString(16).padStart(16, '0');
}
