import type { GraphChange, GraphStore } from '../types.ts';
import { dumpGraph } from './graph-dump.ts';
import { neighbourhood } from './graph-neighbourhood.ts';
import {
  chunkFrequency,
  entitiesByIds,
  entitiesByName,
  entityPage,
  factPage,
  factsOfChunks,
  factsOfEntities,
  graphStats,
  mentionsOfChunks,
  mentionsOfEntities,
  mentioningChunks,
} from './graph-read.ts';
import { loadGraph } from './graph-load.ts';
import { changesSince, graphEdges } from './graph-stream.ts';
import { removeFromGraph, removeGraphOfWorkspace, replaceInGraph } from './graph-write.ts';
import type { Sql } from './sql.ts';

/** The knowledge graph in SQLite tables. Every call runs at once; each write is one transaction. */
export function sqliteGraphStore(sql: Sql): GraphStore {
  return {
    kind: 'sqlite',
    replaceDocument: async (workspaceId, documentId, extractions) =>
      sql.write(() => replaceInGraph(sql, workspaceId, [{ documentId, extractions }])),
    replaceDocuments: async (workspaceId, documents) => loadGraph(sql, workspaceId, documents),
    removeDocument: async (workspaceId, documentId) =>
      sql.write(() => removeFromGraph(sql, workspaceId, documentId)),
    previewRemoval: async (workspaceId, documentId) =>
      undone(sql, () => removeFromGraph(sql, workspaceId, documentId)),
    removeWorkspace: async (workspaceId) =>
      sql.write(() => removeGraphOfWorkspace(sql, workspaceId)),

    entity: async (workspaceId, entityId) => entitiesByIds(sql, workspaceId, [entityId])[0],
    entities: async (workspaceId, filter, page) =>
      sql.read(() => entityPage(sql, workspaceId, filter, page)),
    entitiesByName: async (workspaceId, names) =>
      sql.read(() => entitiesByName(sql, workspaceId, names)),
    facts: async (workspaceId, filter, page) =>
      sql.read(() => factPage(sql, workspaceId, filter, page)),
    factsOfChunks: async (workspaceId, chunkIds) =>
      sql.read(() => factsOfChunks(sql, workspaceId, chunkIds)),
    factsOfEntities: async (workspaceId, entityIds, limit) =>
      sql.read(() => factsOfEntities(sql, workspaceId, entityIds, limit)),
    mentionsOfChunks: async (workspaceId, chunkIds) => mentionsOfChunks(sql, workspaceId, chunkIds),
    mentionsOfEntities: async (workspaceId, entityIds, limitPerEntity) =>
      mentionsOfEntities(sql, workspaceId, entityIds, limitPerEntity),
    chunkFrequency: async (workspaceId, entityIds) => chunkFrequency(sql, workspaceId, entityIds),
    mentioningChunks: async (workspaceId, entityIds, mostChunks) =>
      mentioningChunks(sql, workspaceId, entityIds, mostChunks),
    neighbourhood: async (workspaceId, entityIds, options) =>
      sql.read(() => neighbourhood(sql, workspaceId, entityIds, options)),
    edges: (workspaceId, options) => graphEdges(sql, workspaceId, options),
    changesSince: async (workspaceId, cursor) =>
      sql.read(() => changesSince(sql, workspaceId, cursor)),
    stats: async (workspaceId) => graphStats(sql, workspaceId),
    dump: async (workspaceId) => dumpGraph(sql, workspaceId),
    close: async () => {}, // the connection belongs to whoever opened it
  };
}

/** Does the work and takes it back: the preview cannot differ from the deed. */
function undone(sql: Sql, work: () => GraphChange): GraphChange {
  let outcome: GraphChange | undefined;
  const rollback = new Error('preview');
  try {
    sql.write(() => {
      outcome = work();
      throw rollback;
    });
  } catch (error) {
    if (error !== rollback) throw error;
  }
  return outcome!;
}
