import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { RandomBytes } from '../random-id.ts';
import type { GraphStore } from '../types.ts';
import { hnswVectorIndex } from '../vectors/hnsw-vector-index.ts';
import type { HnswVectorIndex } from '../vectors/hnsw-vector-index.ts';
import { corpusStore } from './corpus.ts';
import type { SqliteCorpusStore } from './corpus.ts';
import { openDatabase } from './database.ts';
import { sqliteGraphStore } from './graph-store.ts';
import { sqliteLexicalIndex } from './lexical.ts';
import type { SqliteLexicalIndex } from './lexical.ts';
import { connectSql } from './sql.ts';

export interface StoresOptions {
  /** Folder of `graphblend.db` and `index/`; made if missing. */
  readonly home: string;
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
  readonly graph: GraphStore;
  readonly lexical: SqliteLexicalIndex;
  readonly vectors: HnswVectorIndex;
  /** Saves indices and closes the connection; `corpus.close` need not be called. */
  close(): Promise<void>;
}

/** Throws StorageError if `graphblend.db` is not a database or was made by a newer Graphblend. */
export function openStores(options: StoresOptions): Stores {
  const { home, embedder, clock, random, onIndexProblem } = options;
  mkdirSync(home, { recursive: true });
  const sql = connectSql(openDatabase(join(home, 'graphblend.db')));
  const vectors = hnswVectorIndex(sql, {
    ...options.vectors,
    directory: join(home, 'index'),
    embedder,
    onProblem: onIndexProblem,
  });
  const corpus = corpusStore(sql, { clock, random, embedder: () => vectors.embedder });
  return {
    corpus: {
      ...corpus,
      deleteWorkspace: (id) => {
        const obsolete = corpus.deleteWorkspace(id);
        vectors.forget(id).catch(onIndexProblem ?? (() => {}));
        return obsolete;
      },
    },
    graph: sqliteGraphStore(sql),
    lexical: sqliteLexicalIndex(sql),
    vectors,
    close: async () => {
      await vectors.close();
      corpus.close();
    },
  };
}
