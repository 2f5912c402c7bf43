/** The knowledge graph, the corpus it comes from, and the indices over both. */
export type * from './types.ts';
export type * from './conversations/types.ts';
export type * from './schema/types.ts';
export type * from './titles/types.ts';
export {
  ConflictError,
  DimensionError,
  GraphMemoryError,
  GraphUnavailableError,
  IndexCorruptError,
  NotFoundError,
  StaleRunError,
  StorageError,
} from './errors.ts';
export { openAdjacencies } from './adjacency/adjacencies.ts';
export type { Adjacencies, AdjacenciesOptions } from './adjacency/adjacencies.ts';
export type { Adjacency, NodeKind } from './adjacency/adjacency.ts';
export {
  type FactPath,
  type PathOptions,
  factPaths,
  kHop,
  type Neighbour,
  neighboursOf,
} from './algorithms/paths.ts';
export {
  type LinkWeights,
  type PageRankOptions,
  type PageRankScores,
  personalizedPageRank,
  type PersonalizedPageRankOptions,
  powerIteration,
  type Seed,
} from './algorithms/pagerank.ts';
export {
  betweennessCentrality,
  degreeCentrality,
  pageRankCentrality,
} from './algorithms/centrality.ts';
export { entityGraph, factColumns } from './algorithms/entity-graph.ts';
export type { FactColumns, FactNames, WeightedGraph } from './algorithms/entity-graph.ts';
export { leiden, modularity } from './algorithms/leiden.ts';
export type { Communities } from './algorithms/leiden.ts';
export { mineRules } from './algorithms/rules.ts';
export type { Rule, RuleAtom, RuleOptions } from './algorithms/rules.ts';
export { foldText } from './fold.ts';
export {
  entityId,
  factId,
  factText,
  normalizeName,
  normalizeRelation,
  titleName,
} from './names.ts';
export { IdentityEditor } from './identity/editor.ts';
export type { Edited, NewSense } from './identity/editor.ts';
export { identityKey } from './identity/identity-key.ts';
export { IdentityResolver } from './identity/resolver.ts';
export { suggestMerges } from './identity/suggest-merges.ts';
export type { MergeSuggestion } from './identity/suggest-merges.ts';
export { suggestSplit } from './identity/suggest-split.ts';
export type { SplitSuggestion } from './identity/suggest-split.ts';
export type * from './identity/types.ts';
export { withIdentity } from './identity/with-identity.ts';
export {
  GRAPH_FORMATS,
  GRAPH_MEDIA_TYPES,
  exportGraph,
  graphFormatOf,
  readGraphFile,
} from './exchange/exchange.ts';
export type { GraphFormat, ReadableGraphFormat } from './exchange/exchange.ts';
export { GraphFileError } from './exchange/errors.ts';
export type { ExchangedEntity, ExchangedFact } from './exchange/types.ts';
export { connectNeo4j } from './neo4j/connection.ts';
export type { Neo4jOptions } from './neo4j/connection.ts';
export { neo4jGraphStore } from './neo4j/graph-store.ts';
export { previewReplacement } from './preview.ts';
export type { EntityLine, FactLine, GraphPreview, Replacement } from './preview.ts';
export { factTimes, factsAt } from './time/fact-times.ts';
export type { FactTime } from './time/fact-times.ts';
export { DEFAULT_FUNCTIONAL } from './time/functional.ts';
export type { FunctionalRelation } from './time/functional.ts';
export { chunkPromptHeader, chunkPromptText } from './prompt-text.ts';
export { cryptoRandom, randomId } from './random-id.ts';
export type { RandomBytes } from './random-id.ts';
export { openCorpus } from './sqlite/corpus.ts';
export type { CorpusOptions, SqliteCorpusStore } from './sqlite/corpus.ts';
export { openStores } from './sqlite/stores.ts';
export type { Stores, StoresOptions } from './sqlite/stores.ts';
export type { SqliteLexicalIndex } from './sqlite/lexical.ts';
export type { HnswVectorIndex } from './vectors/hnsw-vector-index.ts';
