/** What goes through retrieval, from question to evidence. */
import type {
  Adjacencies,
  Chunk,
  CorpusStore,
  Entity,
  Fact,
  GraphStore,
  LexicalIndex,
  SearchFilter,
  SentenceVectors,
  Span,
  GraphTextIndex,
  GraphTextStore,
  VectorIndex,
} from '../graph/index.ts';
import type { EngineClient } from '../cache/index.ts';
import type { TermCache } from './term-weights.ts';

export interface RetrievalParts {
  /** The graph in memory, for the methods that walk it as a whole; the default one does not need it. */
  readonly adjacency?: Adjacencies;
  readonly corpus: CorpusStore;
  readonly graph: GraphStore;
  readonly lexical: LexicalIndex;
  readonly vectors: VectorIndex;
  /** Where sentences are embedded, a chunk is judged by its best one too. */
  readonly sentences?: SentenceVectors;
  /** Where names are embedded, those of a question are looked up among them; where facts are, some methods start there. */
  readonly graphTexts?: Pick<GraphTextStore, 'hasVectors'>;
  readonly graphTextIndex?: GraphTextIndex;
  readonly engine: EngineClient;
  readonly terms: TermCache;
  /** If there is one, it has a say in the order of the best chunks. */
  readonly reranker?: Reranker;
}

/** Port of a model that reads question and passage together: slower and better than any index. */
export interface Reranker {
  /**
   * One score for each text, higher is better; the scale is the model's own. Where time runs out, scores of only the
   * first texts.
   */
  rerank(
    question: string,
    texts: readonly string[],
    signal?: AbortSignal,
  ): Promise<readonly number[]>;
}

/** A chunk with how it was found. */
export interface Candidate {
  readonly chunk: Chunk;
  /** Final score; round 1 lies in 0..1 plus a title bonus. */
  readonly score: number;
  readonly lexical: number | undefined;
  readonly dense: number | undefined;
  /** What the walk over entity links added. */
  readonly link: number | undefined;
  /** 1: found by the question; 2 and more: over entity links. */
  readonly round: number;
  readonly via: Link | undefined;
}

/** The entity over which a chunk was reached. */
export interface Link {
  readonly entityId: string;
  readonly entityName: string;
  readonly fromChunkId: string;
  /** Where the entity stands in the chunk it was followed from. */
  readonly span: Span;
}

export interface SearchRequest {
  readonly workspaceId: string;
  readonly question: string;
  readonly limit: number;
  readonly filter?: SearchFilter;
  /** Ends reranking, with CancelledError. */
  readonly signal?: AbortSignal;
  /** Told of the candidates after each round of ranking, best first. */
  readonly onCandidates?: (candidates: readonly Candidate[]) => void;
}

export interface SearchResult {
  readonly entities: readonly Entity[];
  readonly candidates: readonly Candidate[];
  /** 0..1: share of the question's terms, by weight, that the best chunks hold. Low: nothing relevant. */
  readonly coverage: number;
}

export type PathStep =
  | { readonly kind: 'entity'; readonly id: string; readonly name: string }
  | { readonly kind: 'fact'; readonly fact: Fact; readonly chunkId: string }
  | { readonly kind: 'chunk'; readonly chunk: Chunk; readonly span: Span | undefined };

export interface GraphPath {
  readonly score: number;
  readonly steps: readonly PathStep[];
}
