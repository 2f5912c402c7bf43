/**
 * Constraints and indices, created on first use. Community edition has unique constraints, no others.
 *
 *   (:Workspace {key})                       version, change log and counts
 *   (:Installation {namespace})              tells this graph from another in the same place
 *   (:IndexState {key})                      how far a full-text or vector index is (indices/follower.ts)
 *   (:Document {key})-[:HAS]->(:Chunk {key, said}) what says something, and all that it says (packed-chunk.ts)
 *   (:Chunk)-[:MENTIONS]->(:Entity)          derived: one per chunk and entity
 *   (:Entity)-[:FACT {key, rank, places, ..}]->(:Entity) derived: one per fact; places: keys of its chunks
 *   (:Name {key})-[:NAMES]->(:Entity)        aliases that another entity's id would be made from
 */
export const SCHEMA: readonly string[] = [
  'CREATE CONSTRAINT graphblend_workspace IF NOT EXISTS FOR (w:Workspace) REQUIRE w.key IS UNIQUE',
  'CREATE CONSTRAINT graphblend_installation IF NOT EXISTS FOR (i:Installation) REQUIRE i.namespace IS UNIQUE',
  'CREATE CONSTRAINT graphblend_document IF NOT EXISTS FOR (d:Document) REQUIRE d.key IS UNIQUE',
  'CREATE CONSTRAINT graphblend_index_state IF NOT EXISTS FOR (s:IndexState) REQUIRE s.key IS UNIQUE',
  'CREATE CONSTRAINT graphblend_chunk IF NOT EXISTS FOR (c:Chunk) REQUIRE c.key IS UNIQUE',
  'CREATE CONSTRAINT graphblend_entity IF NOT EXISTS FOR (e:Entity) REQUIRE e.key IS UNIQUE',
  // The lock of the workspace keeps facts unique, and an index costs less than a constraint.
  'DROP CONSTRAINT graphblend_fact IF EXISTS',
  'CREATE INDEX graphblend_fact_key IF NOT EXISTS FOR ()-[f:FACT]-() ON (f.key)',
  'CREATE INDEX graphblend_document_tenant IF NOT EXISTS FOR (d:Document) ON (d.tenant)',
  'CREATE INDEX graphblend_chunk_id IF NOT EXISTS FOR (c:Chunk) ON (c.idKey)',
  'CREATE INDEX graphblend_entity_rank IF NOT EXISTS FOR (e:Entity) ON (e.rank)',
  'CREATE INDEX graphblend_fact_rank IF NOT EXISTS FOR ()-[f:FACT]-() ON (f.rank)',
  'CREATE INDEX graphblend_name IF NOT EXISTS FOR (n:Name) ON (n.key)',
];
