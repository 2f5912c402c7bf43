/** The knowledge graph, the corpus it comes from, and the indices over both. */
export type * from './types.ts';
export {
  ConflictError,
  DimensionError,
  IndexCorruptError,
  NotFoundError,
  StaleRunError,
  StorageError,
} from './errors.ts';
export { foldText } from './fold.ts';
export { entityId, factId, normalizeName, normalizeRelation } from './names.ts';
export { chunkPromptHeader, chunkPromptText } from './prompt-text.ts';
export { cryptoRandom, randomId } from './random-id.ts';
export type { RandomBytes } from './random-id.ts';
export { openCorpus } from './sqlite/corpus.ts';
export type { CorpusOptions, SqliteCorpusStore } from './sqlite/corpus.ts';
export { openStores } from './sqlite/stores.ts';
export type { Stores, StoresOptions } from './sqlite/stores.ts';
export type { SqliteLexicalIndex } from './sqlite/lexical.ts';
export type { HnswVectorIndex } from './vectors/hnsw-vector-index.ts';
