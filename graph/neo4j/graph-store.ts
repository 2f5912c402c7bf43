import type { GraphChange, GraphStore, SaidByDocument } from '../types.ts';
import type { Neo4jConnection, Transaction } from './connection.ts';
import { workspaceHomes } from './databases.ts';
import type { WorkspaceHomes } from './databases.ts';
import { dumpGraph } from './dump.ts';
import { installationOf } from './installation.ts';
import type { Installation } from './installation.ts';
import { keysOf } from './keys.ts';
import type { Keys } from './keys.ts';
import { neighbourhood } from './neighbourhood.ts';
import { prepare, preparedBatches } from './prepare.ts';
import type { Prepared } from './prepare.ts';
import {
  entitiesByIds,
  entitiesByName,
  entityPage,
  factPage,
  factsOfChunks,
  factsOfEntities,
  graphStats,
} from './read.ts';
import { chunkFrequency, mentionsOfChunks, mentionsOfEntities } from './read-mentions.ts';
import { changesSince, streamEdges } from './stream.ts';
import { previewInGraph, replaceInGraph } from './write.ts';

/** Mentions and triples written in one transaction when many documents are loaded. */
const ROWS_PER_TRANSACTION = 60_000;

/**
 * The knowledge graph in Neo4j 5.23 or later. Throws GraphUnavailableError when the server cannot be reached:
 * every call may then be repeated. The connection is closed with the store.
 */
export function neo4jGraphStore(
  connection: Neo4jConnection,
  homes: WorkspaceHomes = workspaceHomes(connection),
  installation: Installation = installationOf(connection, homes),
): GraphStore {
  const keysFor = (workspaceId: string): Keys => keysOf(connection.namespace, workspaceId);
  const target = (workspaceId: string) => ({ workspaceId, keys: keysFor(workspaceId) });
  const read = async <T>(
    workspaceId: string,
    work: (tx: Transaction, keys: Keys) => Promise<T>,
  ): Promise<T> => {
    const home = await homes.forReading(workspaceId);
    return home.read((tx) => work(tx, keysFor(workspaceId)));
  };
  /** `meanwhile` is called when all is written, before the server commits it. */
  const write = async (workspaceId: string, prepared: Prepared, meanwhile = () => {}) => {
    await installation.ready();
    const home = await homes.forWriting(workspaceId);
    return home.write(async (tx) => {
      const change = await replaceInGraph(tx, target(workspaceId), prepared);
      meanwhile();
      return change;
    });
  };
  const replace = (workspaceId: string, document: SaidByDocument) =>
    write(workspaceId, prepare(target(workspaceId), [document]));

  return {
    kind: 'neo4j',
    replaceDocument: (workspaceId, documentId, extractions) =>
      replace(workspaceId, { documentId, extractions }),
    removeDocument: (workspaceId, documentId) =>
      replace(workspaceId, { documentId, extractions: [] }),
    previewRemoval: (workspaceId, documentId) => {
      const none = prepare(target(workspaceId), [{ documentId, extractions: [] }]);
      return read(workspaceId, (tx) => previewInGraph(tx, target(workspaceId), none));
    },
    removeWorkspace: async (workspaceId) => {
      await installation.ready();
      await homes.remove(workspaceId);
    },
    replaceDocuments: async (workspaceId, documents) => {
      let total = NO_CHANGE;
      const batches = preparedBatches(target(workspaceId), documents, ROWS_PER_TRANSACTION);
      let next: ReturnType<typeof batches.next> | undefined;
      // The next one is made ready while the server commits: before that, each waits for the other's answers.
      const prepareNext = () => {
        next ??= batches.next();
        next.catch(() => {}); // waited for below, unless the write fails first
        return next;
      };
      for (;;) {
        const batch = await prepareNext();
        if (batch.done) return total;
        next = undefined;
        total = sum(total, await write(workspaceId, batch.value, prepareNext));
      }
    },

    entity: (workspaceId, id) =>
      read(workspaceId, async (tx, keys) => (await entitiesByIds(tx, keys, [id]))[0]),
    entities: (workspaceId, filter, page) =>
      read(workspaceId, (tx, keys) => entityPage(tx, keys, filter, page)),
    entitiesByName: (workspaceId, names) =>
      read(workspaceId, (tx, keys) => entitiesByName(tx, workspaceId, keys, names)),
    facts: (workspaceId, filter, page) =>
      read(workspaceId, (tx, keys) => factPage(tx, keys, filter, page)),
    factsOfChunks: (workspaceId, chunkIds) =>
      read(workspaceId, (tx, keys) => factsOfChunks(tx, keys, chunkIds)),
    factsOfEntities: (workspaceId, entityIds, limit) =>
      read(workspaceId, (tx, keys) => factsOfEntities(tx, keys, entityIds, limit)),
    mentionsOfChunks: (workspaceId, chunkIds) =>
      read(workspaceId, (tx, keys) => mentionsOfChunks(tx, keys, chunkIds)),
    mentionsOfEntities: (workspaceId, entityIds, limitPerEntity) =>
      read(workspaceId, (tx, keys) => mentionsOfEntities(tx, keys, entityIds, limitPerEntity)),
    chunkFrequency: (workspaceId, entityIds) =>
      read(workspaceId, (tx, keys) => chunkFrequency(tx, keys, entityIds)),
    neighbourhood: (workspaceId, entityIds, options) =>
      read(workspaceId, (tx, keys) => neighbourhood(tx, keys, entityIds, options)),
    stats: (workspaceId) => read(workspaceId, graphStats),
    edges: async function* (workspaceId, options) {
      yield* streamEdges(await homes.forReading(workspaceId), keysFor(workspaceId), options);
    },
    changesSince: (workspaceId, cursor) =>
      read(workspaceId, (tx, keys) => changesSince(tx, keys, cursor)),
    storeId: () => installation.id(),
    dump: (workspaceId) => read(workspaceId, dumpGraph),
    close: () => connection.close(),
  };
}

const NO_CHANGE: GraphChange = {
  factsAdded: 0,
  factsRemoved: 0,
  factsKept: 0,
  entitiesAdded: 0,
  entitiesRemoved: 0,
  entitiesKept: 0,
};

function sum(a: GraphChange, b: GraphChange): GraphChange {
  return {
    factsAdded: a.factsAdded + b.factsAdded,
    factsRemoved: a.factsRemoved + b.factsRemoved,
    factsKept: a.factsKept + b.factsKept,
    entitiesAdded: a.entitiesAdded + b.entitiesAdded,
    entitiesRemoved: a.entitiesRemoved + b.entitiesRemoved,
    entitiesKept: a.entitiesKept + b.entitiesKept,
  };
}
