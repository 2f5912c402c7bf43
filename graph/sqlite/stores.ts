import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openAdjacencies } from '../adjacency/adjacencies.ts';
import type { Adjacencies } from '../adjacency/adjacencies.ts';
import type { ConversationStore } from '../conversations/types.ts';
import type { IdentityStore } from '../identity/types.ts';
import { withIdentity } from '../identity/with-identity.ts';
import { connectNeo4j } from '../neo4j/connection.ts';
import type { Neo4jOptions } from '../neo4j/connection.ts';
import { neo4jGraphStore } from '../neo4j/graph-store.ts';
import { withNeo4jIndices } from '../neo4j/indices/embedded-twins.ts';
import { cryptoRandom } from '../random-id.ts';
import type { SchemaStore } from '../schema/types.ts';
import type { RandomBytes } from '../random-id.ts';
import type { TitleStore } from '../titles/types.ts';
import type { GraphStore, SentenceVectors, GraphTextIndex, GraphTextStore } from '../types.ts';
import { hnswVectorIndex } from '../vectors/hnsw-vector-index.ts';
import type { HnswVectorIndex } from '../vectors/hnsw-vector-index.ts';
import { openVectors } from '../vectors/open-vectors.ts';
import { embeddedTextSearch, graphTextIndex } from '../vectors/graph-text-index.ts';
import { sqliteConversationStore } from './conversations.ts';
import { corpusStore } from './corpus.ts';
import type { SqliteCorpusStore } from './corpus.ts';
import { openDatabase } from './database.ts';
import type { SyncMode } from './database.ts';
import { documentFilters } from './document-filters.ts';
import { sqliteGraphStore } from './graph-store.ts';
import { sqliteIdentityStore } from './identity-store.ts';
import { sqliteSchemaStore } from './schema-store.ts';
import { sqliteLexicalIndex } from './lexical.ts';
import type { SqliteLexicalIndex } from './lexical.ts';
import { sqliteSentenceVectors } from './sentence-vectors.ts';
import { sqliteGraphTextStore } from './graph-texts.ts';
import { connectSql } from './sql.ts';
import { sqliteTitleStore } from './title-store.ts';

export interface StoresOptions {
  /** The graph lies in this Neo4j; default: in SQLite. */
  readonly neo4j?: Neo4jOptions;
  /** Folder of `graphblend.db` and `index/`; made if missing. */
  readonly home: string;
  /** Default: every commit. */
  readonly sync?: SyncMode;
  /** Fingerprint of the embedder whose vectors count; see `HnswVectorIndex.useEmbedder`. */
  readonly embedder?: string;
  readonly vectors?: {
    readonly exactBelow?: number;
    readonly ef?: number;
    readonly maxOpen?: number;
  };
  /** Milliseconds since 1970; default `Date.now`. */
  readonly clock?: () => number;
  readonly random?: RandomBytes;
  /** Told of damaged or unwritable index files; searches go on without them. */
  readonly onIndexProblem?: (error: unknown) => void;
}

/** The embedded stores of one thread, on one connection. Every thread and process opens its own. */
export interface Stores {
  readonly corpus: SqliteCorpusStore;
  /** Names in it are as the records of `identity` have them. */
  readonly graph: GraphStore;
  readonly identity: IdentityStore;
  /** What the graph is stated in, what was kept out of it, what models read. */
  readonly schemas: SchemaStore;
  /** Which titles the documents of a workspace may name. */
  readonly titles: TitleStore;
  /** The graph in memory, for algorithms; in step with `graph`. */
  readonly adjacency: Adjacencies;
  readonly lexical: SqliteLexicalIndex;
  readonly vectors: HnswVectorIndex;
  readonly sentences: SentenceVectors;
  /** Facts and names as they are embedded, and the index over them. */
  readonly graphTexts: GraphTextStore;
  readonly graphTextIndex: GraphTextIndex;
  readonly conversations: ConversationStore;
  /** Saves indices and closes the connection; `corpus.close` need not be called. */
  close(): Promise<void>;
}

/** Throws StorageError if `graphblend.db` is not a database or was made by a newer Graphblend. */
export function openStores(options: StoresOptions): Stores {
  const { home, sync, embedder, clock, random, onIndexProblem } = options;
  mkdirSync(home, { recursive: true });
  const sql = connectSql(openDatabase(join(home, 'graphblend.db'), sync), sync);
  const filters = documentFilters(sql);
  const opened = openVectors({
    ...options.vectors,
    directory: join(home, 'index'),
    onProblem: onIndexProblem,
  });
  const embedded = {
    lexical: sqliteLexicalIndex(sql, filters),
    vectors: hnswVectorIndex(sql, filters, opened, embedder),
    searchTexts: embeddedTextSearch(opened),
  };
  const { lexical, vectors, searchTexts } = options.neo4j?.indices
    ? withNeo4jIndices(embedded, sql, filters, {
        neo4j: options.neo4j,
        exactBelow: options.vectors?.exactBelow,
        onProblem: onIndexProblem ?? (() => {}),
      })
    : embedded;
  const corpus = corpusStore(sql, { clock, random, embedder: () => vectors.embedder });
  const identity = sqliteIdentityStore({
    sql,
    random: random ?? cryptoRandom,
    now: () => new Date((clock ?? Date.now)()).toISOString(),
  });
  const bare = options.neo4j ? neo4jGraphStore(connectNeo4j(options.neo4j)) : sqliteGraphStore(sql);
  const graph = withIdentity(bare, identity);
  const adjacency = openAdjacencies(graph);
  return {
    corpus: {
      ...corpus,
      deleteWorkspace: (id) => {
        const obsolete = corpus.deleteWorkspace(id);
        adjacency.forget(id);
        vectors.forget(id).catch(onIndexProblem ?? (() => {}));
        return obsolete;
      },
    },
    graph,
    identity,
    schemas: sqliteSchemaStore({ sql, now: () => new Date((clock ?? Date.now)()).toISOString() }),
    titles: sqliteTitleStore(sql, identity),
    adjacency,
    lexical,
    vectors,
    sentences: sqliteSentenceVectors(sql, () => vectors.embedder),
    graphTexts: sqliteGraphTextStore(sql),
    graphTextIndex: graphTextIndex(sql, filters, searchTexts, () => vectors.embedder),
    conversations: sqliteConversationStore({
      sql,
      random: random ?? cryptoRandom,
      now: () => new Date((clock ?? Date.now)()).toISOString(),
    }),
    close: async () => {
      await graph.close();
      await vectors.close();
      corpus.close();
    },
  };
}
