/**
 * The data model and the ports of storage.
 *
 * Workspace > Document (versioned) > Chunk -MENTIONS{span}-> Entity; Fact = (subject, relation, object)
 * -SUPPORTED_BY{chunk, spans}-> Chunk. A fact and an entity live exactly as long as they have support.
 *
 * `CorpusStore` (SQLite) holds the one commit record: documents, chunks, vectors, what was extracted from
 * each chunk. GraphStore, LexicalIndex and VectorIndex are derived from it and can be rebuilt at any time.
 * All character spans are UTF-16 offsets into the parsed text of the document, half-open [start, end).
 */

export interface Span {
  readonly start: number;
  readonly end: number;
}

// ---------------------------------------------------------------- documents

export interface Workspace {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly settings: WorkspaceSettings;
  /** Server-made secret (hex) mixed into every cache key of this workspace. Never leaves the server. */
  readonly salt: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface WorkspaceSettings {
  /** Target length of a chunk in tokens of the reader. */
  readonly chunkTokens: number;
  /** Entities that are all but certainly one are merged without being asked for; undo is always there. */
  readonly mergeCertain: boolean;
}

export type DocumentStatus = 'pending' | 'processing' | 'ready' | 'failed' | 'deleting';

export interface DocumentRecord {
  readonly id: string;
  readonly workspaceId: string;
  /** Identity inside the workspace: the caller's key, else the file name or URL. */
  readonly externalKey: string;
  readonly name: string;
  readonly mediaType: string;
  readonly source: 'upload' | 'text' | 'url' | 'sample';
  readonly url: string | undefined;
  /** sha256 (hex) of the original bytes of `version`. */
  readonly contentHash: string;
  readonly bytes: number;
  readonly tags: readonly string[];
  /** Disabled documents are excluded from every search. */
  readonly enabled: boolean;
  /** The KV cache of its chunks is kept before that of others. */
  readonly pinned: boolean;
  /** Version that was last handed in; grows by one with every changed upload. */
  readonly version: number;
  /** Version that chunks, facts and indices reflect; 0 before the first publication. */
  readonly publishedVersion: number;
  readonly status: DocumentStatus;
  readonly error: StoredError | undefined;
  readonly title: string;
  readonly pages: number | undefined;
  readonly chunkCount: number;
  readonly jobId: string | undefined;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface StoredError {
  readonly code: string;
  readonly message: string;
  readonly fix: string;
}

export type BlockKind = 'heading' | 'paragraph' | 'list_item' | 'table_row' | 'code';

/** A structural unit of the parsed text. Blocks are in order and do not overlap. */
export interface Block extends Span {
  readonly kind: BlockKind;
  /** 1-6, headings only. */
  readonly level?: number;
  /** 1-based, paged formats only. */
  readonly page?: number;
}

export interface ParsedDocument {
  readonly title: string;
  readonly text: string;
  readonly blocks: readonly Block[];
  readonly pages?: number;
}

export interface Chunk {
  /** Depends only on document, heading, text and its repetition count: an untouched chunk keeps its id. */
  readonly id: string;
  readonly workspaceId: string;
  readonly documentId: string;
  readonly ordinal: number;
  /** Document title, then the headings above the chunk. */
  readonly headingPath: readonly string[];
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly page: number | undefined;
  /** Sentences, absolute spans inside [start, end). */
  readonly sentences: readonly Span[];
  /** Tokens of `chunkPromptText(chunk)` by the reader's tokenizer at ingest. */
  readonly tokenCount: number;
}

// ---------------------------------------------------------------- extraction

export type EntityType =
  | 'person'
  | 'place'
  | 'organization'
  | 'work'
  | 'event'
  | 'date'
  | 'quantity'
  | 'thing';

export interface ExtractedMention {
  /** The words in the text. */
  readonly surface: string;
  /** The name they stand for: the longest form of the same entity inside the document. */
  readonly name: string;
  readonly type: EntityType;
  readonly span: Span;
}

/** When a fact held, as the text says it. At least one end is known. */
export interface ValidTime {
  /** ISO 8601, as exact as the text: "2010", "2010-05" or "2010-05-03". The first day it held. */
  readonly from?: string;
  /** The last day it held, in the same form; the whole of it counts ("2010" ends on 31 December). */
  readonly to?: string;
  /** Where the words of the time stand. */
  readonly span: Span;
}

export interface ExtractedTriple {
  /** Names as in ExtractedMention.name; spans are where the words stand. */
  readonly subject: { readonly name: string; readonly type: EntityType; readonly span: Span };
  readonly relation: { readonly name: string; readonly span: Span };
  readonly object: { readonly name: string; readonly type: EntityType; readonly span: Span };
  /** 0..1 */
  readonly confidence: number;
  readonly negated: boolean;
  /** The sentence that says it. */
  readonly sentence: Span;
  /** Where the text says when. Not part of what tells one support from another. */
  readonly valid?: ValidTime;
}

/** What one chunk says. Deterministic for (document text, chunk). */
export interface ChunkExtraction {
  readonly chunkId: string;
  readonly mentions: readonly ExtractedMention[];
  readonly triples: readonly ExtractedTriple[];
}

// ---------------------------------------------------------------- graph

export interface Entity {
  /** Depends only on workspace and normalised name. */
  readonly id: string;
  readonly name: string;
  readonly type: EntityType;
  readonly aliases: readonly string[];
  readonly mentionCount: number;
  readonly factCount: number;
  readonly documentCount: number;
}

export interface FactSupport {
  readonly documentId: string;
  readonly chunkId: string;
  readonly subjectSpan: Span;
  readonly relationSpan: Span;
  readonly objectSpan: Span;
  readonly sentence: Span;
  readonly valid?: ValidTime;
}

export interface Fact {
  /** Depends only on workspace, subject id, relation, object id and polarity. */
  readonly id: string;
  readonly subject: { readonly id: string; readonly name: string; readonly type: EntityType };
  readonly relation: string;
  readonly object: { readonly id: string; readonly name: string; readonly type: EntityType };
  /** The highest of its supports. */
  readonly confidence: number;
  readonly negated: boolean;
  readonly support: readonly FactSupport[];
}

export interface Mention {
  readonly entityId: string;
  readonly entityName: string;
  readonly documentId: string;
  readonly chunkId: string;
  readonly surface: string;
  /** Of the entity, as all its mentions have it. */
  readonly type: EntityType;
  readonly span: Span;
}

/** What a change of one document adds to, removes from and leaves in the graph. */
export interface GraphChange {
  readonly factsAdded: number;
  readonly factsRemoved: number;
  /** Facts of the document that live on because another document supports them too. */
  readonly factsKept: number;
  readonly entitiesAdded: number;
  readonly entitiesRemoved: number;
  readonly entitiesKept: number;
}

export interface Page<T> {
  readonly data: readonly T[];
  readonly hasMore: boolean;
}

export interface PageRequest {
  /** 1..200 */
  readonly limit: number;
  /** Id of the last item of the page before. */
  readonly after?: string;
}

export interface GraphStats {
  readonly entities: number;
  readonly facts: number;
  readonly mentions: number;
}

/** What one document says, chunk by chunk. */
export interface SaidByDocument {
  readonly documentId: string;
  readonly extractions: readonly ChunkExtraction[];
}

/**
 * A page of `GraphStore.edges`: columns of equal length. A key is a number that means the node for the length
 * of one stream; each kind of node has keys of its own. Entities, facts and chunks are announced once.
 */
export type EdgePage =
  | { readonly kind: 'entities'; readonly keys: readonly number[]; readonly ids: readonly string[] }
  | {
      readonly kind: 'chunks';
      readonly keys: readonly number[];
      readonly ids: readonly string[];
      readonly documentIds: readonly string[];
    }
  | {
      readonly kind: 'facts';
      readonly keys: readonly number[];
      readonly ids: readonly string[];
      /** Keys of entities. */
      readonly subjects: readonly number[];
      readonly relations: readonly string[];
      readonly objects: readonly number[];
      /** 0 or 1. */
      readonly negated: readonly number[];
    }
  | {
      /** One row per support; rows of the same fact and chunk may repeat. */
      readonly kind: 'supports';
      readonly chunks: readonly number[];
      readonly facts: readonly number[];
      readonly confidence: readonly number[];
    }
  | {
      /** One row per mention; rows of the same entity and chunk may repeat. */
      readonly kind: 'mentions';
      readonly chunks: readonly number[];
      readonly entities: readonly number[];
    };

export interface MentioningChunk {
  readonly chunkId: string;
  /** Where the first mention starts. */
  readonly start: number;
}

/**
 * Port of the knowledge graph. Every write is idempotent (the outcome of a commit can be unknown) and
 * atomic per document. Names are data: they never become part of a query's text.
 */
export interface GraphStore {
  readonly kind: 'sqlite' | 'neo4j';
  /** Replaces all that `documentId` says. Facts and entities left without support vanish. */
  replaceDocument(
    workspaceId: string,
    documentId: string,
    extractions: readonly ChunkExtraction[],
  ): Promise<GraphChange>;
  removeDocument(workspaceId: string, documentId: string): Promise<GraphChange>;
  /** What `removeDocument` would do, without doing it. */
  previewRemoval(workspaceId: string, documentId: string): Promise<GraphChange>;
  removeWorkspace(workspaceId: string): Promise<void>;

  entity(workspaceId: string, entityId: string): Promise<Entity | undefined>;
  /** Ordered by mention count, then id. `query` matches a part of name or alias, folded. */
  entities(
    workspaceId: string,
    filter: { query?: string; type?: EntityType },
    page: PageRequest,
  ): Promise<Page<Entity>>;
  /** Entities whose normalised name or alias is one of `names` (see `normalizeName`), by that name. */
  entitiesByName(workspaceId: string, names: readonly string[]): Promise<Map<string, Entity[]>>;
  facts(
    workspaceId: string,
    filter: { entityId?: string; documentId?: string; chunkId?: string; relation?: string },
    page: PageRequest,
  ): Promise<Page<Fact>>;
  /** Facts supported by any of these chunks. */
  factsOfChunks(workspaceId: string, chunkIds: readonly string[]): Promise<Fact[]>;
  /** Facts with any of these entities as subject or object; at most `limit`, by confidence. */
  factsOfEntities(
    workspaceId: string,
    entityIds: readonly string[],
    limit: number,
  ): Promise<Fact[]>;
  mentionsOfChunks(workspaceId: string, chunkIds: readonly string[]): Promise<Mention[]>;
  /** At most `limitPerEntity` mentions of each entity, in document order. */
  mentionsOfEntities(
    workspaceId: string,
    entityIds: readonly string[],
    limitPerEntity: number,
  ): Promise<Mention[]>;
  /** In how many chunks each entity is mentioned. */
  chunkFrequency(workspaceId: string, entityIds: readonly string[]): Promise<Map<string, number>>;
  /**
   * Optional: the chunks that mention each entity, in any order, for less work than mentions take. Entities in more
   * chunks than `mostChunks` are left out.
   */
  mentioningChunks?(
    workspaceId: string,
    entityIds: readonly string[],
    mostChunks: number,
  ): Promise<Map<string, readonly MentioningChunk[]>>;
  /** Entities and facts within `depth` steps. Never cut silently: `truncated` says so. */
  neighbourhood(
    workspaceId: string,
    entityIds: readonly string[],
    options: { depth: number; limit: number },
  ): Promise<{ entities: Entity[]; facts: Fact[]; truncated: boolean }>;
  stats(workspaceId: string): Promise<GraphStats>;
  /**
   * Optional: `replaceDocument` for many documents with less work each; every document once at most. Atomic
   * per document at least. Other writers may wait until it ends.
   */
  replaceDocuments?(workspaceId: string, documents: Iterable<SaidByDocument>): Promise<GraphChange>;
  /**
   * Optional: everything that documents say, page by page, as an in-memory adjacency needs it. Nodes come
   * before the edges that name them. With `documentIds`, only what these documents say.
   */
  edges?(
    workspaceId: string,
    options?: { documentIds?: readonly string[]; signal?: AbortSignal },
  ): AsyncIterable<EdgePage>;
  /**
   * Optional: which documents were written or removed since `cursor`, by whatever process; undefined if that
   * cannot be told (no or too old a cursor): then everything must be read anew. Cheap when nothing changed.
   */
  changesSince?(
    workspaceId: string,
    cursor?: string,
  ): Promise<{ cursor: string; documentIds: readonly string[] | undefined }>;
  /** Optional: tells this graph from others; another id means that the graph is lost. Default: `kind`. */
  storeId?(): Promise<string>;
  /** Canonical text, one sorted line per entity, fact, support and mention; for tests and repair. */
  dump(workspaceId: string): Promise<string[]>;
  close(): Promise<void>;
}

// ---------------------------------------------------------------- indices

export interface ScoredChunk {
  readonly chunkId: string;
  /** Higher is better; scale depends on the index. */
  readonly score: number;
}

/**
 * Which documents a search may show; all conditions must hold, and an empty list lets nothing through.
 * Disabled documents, and those waiting for their deletion, are always excluded. Every index applies the
 * filter itself, so that a filtered search never comes back short.
 */
export interface SearchFilter {
  readonly documentIds?: readonly string[];
  /** One of these media types, in lower case; `text/*` stands for every subtype. */
  readonly mediaTypes?: readonly string[];
  /** Documents that bear at least one of these tags. */
  readonly tags?: readonly string[];
  /** Earliest creation time of the document, ISO 8601; the moment itself included. */
  readonly createdFrom?: string;
  /** Creation time that the document must lie before, ISO 8601; the moment itself excluded. */
  readonly createdBefore?: string;
}

/** Port of the lexical index (BM25). Accents and possessives are folded; every user term is literal. */
export interface LexicalIndex {
  search(
    workspaceId: string,
    query: string,
    options: { limit: number; filter?: SearchFilter },
  ): Promise<ScoredChunk[]>;
  /** Chunks that contain the phrase as consecutive words, folded. */
  phrase(workspaceId: string, phrase: string, limit: number): Promise<string[]>;
  /** In how many chunks each word stands, folded as the index folds; hidden documents included. */
  documentFrequency?(workspaceId: string, words: readonly string[]): Promise<Map<string, number>>;
  /** Number of chunks indexed. */
  count(workspaceId: string): Promise<number>;
}

/** Port of the vector index over chunk embeddings; cosine similarity of unit vectors. */
export interface VectorIndex {
  search(
    workspaceId: string,
    vector: Float32Array,
    /** `embedder`: fingerprint of the one that made `vector`; default: the one in use. */
    options: { limit: number; filter?: SearchFilter; embedder?: string },
  ): Promise<ScoredChunk[]>;
  /** Ids of all chunks that a search can return. */
  ids(workspaceId: string): Promise<string[]>;
  close(): Promise<void>;
}

/**
 * Port of the embeddings of sentences, for judging chunks that some index has found: which of a chunk's sentences
 * fits, and how well. Not every chunk has them.
 */
export interface SentenceVectors {
  /** By chunk id, in the order of `Chunk.sentences`. Replaces what this embedder made; chunks that are gone are passed over. */
  put(embedderFingerprint: string, vectors: SentencesOfChunks): void;
  /**
   * Cosine of `vector` with each sentence, in the order of `Chunk.sentences`, within .01. Chunks without vectors of the
   * embedder in use, or of as many dimensions as `vector`, are absent.
   */
  similarities(
    workspaceId: string,
    chunkIds: readonly string[],
    vector: Float32Array,
  ): Map<string, Float32Array>;
  /** Drops those of other embedders, of up to `limit` chunks; returns of how many. */
  dropOthers(workspaceId: string, embedderFingerprint: string, limit: number): number;
}

/** Facts as "subject relation object", names as the longest form that the document has. */
export type GraphTextKind = 'fact' | 'name';

export interface GraphText {
  readonly kind: GraphTextKind;
  readonly text: string;
}

/** A text that has no vector yet. `label`: its number. */
export interface UnembeddedText extends GraphText {
  readonly label: number;
}

export interface ScoredText {
  readonly text: string;
  /** Cosine similarity. */
  readonly score: number;
  /** Some of the chunks that say it and that a search may show; never empty. */
  readonly chunkIds: readonly string[];
}

/**
 * Port of the index over embeddings of facts and of names, one search space for each kind. What no chunk says any
 * more is not found. Filters as in every index.
 */
export interface GraphTextIndex {
  /** Best first. Throws DimensionError if `vector` has another length than those stored. */
  search(
    workspaceId: string,
    kind: GraphTextKind,
    vector: Float32Array,
    options: { limit: number; filter?: SearchFilter; embedder?: string },
  ): Promise<ScoredText[]>;
}

/**
 * Port of what chunks say, for embedding it. A text is kept once in a workspace, as long as some chunk says it, and its
 * vectors as long as the text.
 */
export interface GraphTextStore {
  /** Replaces what the chunks of the document say; chunks that are gone are passed over. */
  put(documentId: string, said: ReadonlyMap<string, readonly GraphText[]>): void;
  /** Of what the document says, or of all that the workspace says. */
  withoutVector(
    workspaceId: string,
    embedderFingerprint: string,
    options: { documentId?: string; limit: number },
  ): UnembeddedText[];
  /** By label; texts that are gone, or embedded already, are passed over. */
  putVectors(embedderFingerprint: string, vectors: ReadonlyMap<number, Float32Array>): void;
  /** Whether any text of the workspace has a vector of this embedder. */
  hasVectors(workspaceId: string, embedderFingerprint: string): boolean;
  /** Published documents of which no text of this kind is kept, in the order of ids. */
  documentsWithout(
    workspaceId: string,
    kind: GraphTextKind,
    after: string,
    limit: number,
  ): string[];
  /** Drops up to `limit` vectors of other embedders; returns how many. */
  dropOthers(workspaceId: string, embedderFingerprint: string, limit: number): number;
}

/** Chunk id -> unit vectors of its sentences. */
export type SentencesOfChunks = ReadonlyMap<string, readonly Float32Array[]>;

// ---------------------------------------------------------------- corpus

export interface PutDocument {
  readonly workspaceId: string;
  readonly externalKey: string;
  readonly name: string;
  readonly mediaType: string;
  readonly source: DocumentRecord['source'];
  readonly url?: string;
  readonly contentHash: string;
  readonly bytes: number;
  readonly tags?: readonly string[];
}

/** All that one version of a document becomes. Published in one transaction. */
export interface Publication {
  readonly documentId: string;
  readonly version: number;
  readonly parsed: ParsedDocument;
  readonly chunks: readonly Chunk[];
  /** Reader token ids of each NEW chunk, by chunk id; kept chunks keep theirs. */
  readonly tokens: ReadonlyMap<string, Int32Array>;
  /** Unit embeddings of each NEW chunk, by chunk id. */
  readonly vectors: ReadonlyMap<string, Float32Array>;
  /** Of new chunks, if sentences are embedded at all. */
  readonly sentences?: SentencesOfChunks;
  readonly extractions: readonly ChunkExtraction[];
  readonly tokenizerFingerprint: string;
  readonly embedderFingerprint: string;
}

/** `restate_document`: its facts, in the terms of a changed schema; `read_document`: by a model. */
export type JobKind = 'ingest_document' | 'delete_document' | 'restate_document' | 'read_document';
export type JobState = 'enqueued' | 'processing' | 'succeeded' | 'failed' | 'canceled';

export interface JobProgress {
  readonly stage: string;
  readonly done: number;
  readonly total: number;
}

export interface JobRecord {
  readonly id: string;
  readonly workspaceId: string;
  readonly kind: JobKind;
  readonly documentId: string;
  readonly documentName: string;
  /** Document version it works on. */
  readonly version: number;
  readonly state: JobState;
  readonly progress: JobProgress;
  readonly attempts: number;
  readonly cancelRequested: boolean;
  readonly error: StoredError | undefined;
  readonly createdAt: string;
  readonly startedAt: string | undefined;
  readonly finishedAt: string | undefined;
}

export interface PublishResult {
  readonly chunksAdded: number;
  readonly chunksKept: number;
  readonly chunksRemoved: number;
  /** KV keys that no chunk refers to any more; the caller deletes the files. */
  readonly obsoleteKvKeys: readonly string[];
  /** Content hashes of superseded uploads that nothing refers to any more; the caller deletes the files. */
  readonly obsoleteBlobs: readonly string[];
}

/** A stored answer; `body` is the JSON of the API's answer object. */
export interface AnswerRecord {
  readonly id: string;
  readonly workspaceId: string;
  readonly question: string;
  readonly body: string;
  readonly createdAt: string;
}

/**
 * The commit record: one SQLite file (WAL), safe for several connections and processes. The end of a job and
 * what a client is told of is synced to disk; a store may leave other commits to the next sync.
 * Synchronous: calls take well under a millisecond except `publish` and `removeDocument`.
 * Writers pass the `runToken` of their job run; a run that was taken over gets `StaleRunError`.
 */
export interface CorpusStore {
  // workspaces
  createWorkspace(input: {
    name: string;
    description?: string;
    settings?: Partial<WorkspaceSettings>;
  }): Workspace;
  workspace(id: string): Workspace | undefined;
  workspaces(page: PageRequest): Page<Workspace>;
  updateWorkspace(
    id: string,
    patch: { name?: string; description?: string; settings?: Partial<WorkspaceSettings> },
  ): Workspace;
  /** Removes the workspace with everything in it; returns KV keys and content hashes nothing refers to. */
  deleteWorkspace(id: string): { obsoleteKvKeys: string[]; obsoleteBlobs: string[] };

  // documents
  /** Same key and same bytes: 'unchanged'. Same bytes under another key of the workspace: 'unchanged' too. */
  putDocument(input: PutDocument): {
    document: DocumentRecord;
    outcome: 'created' | 'updated' | 'unchanged';
  };
  document(workspaceId: string, id: string): DocumentRecord | undefined;
  documentByKey(workspaceId: string, externalKey: string): DocumentRecord | undefined;
  /** Newest first. */
  documents(
    workspaceId: string,
    filter: { query?: string; status?: DocumentStatus; ids?: readonly string[] },
    page: PageRequest,
  ): Page<DocumentRecord>;
  updateDocument(
    workspaceId: string,
    id: string,
    patch: { tags?: readonly string[]; enabled?: boolean; pinned?: boolean },
  ): DocumentRecord;
  /** Passes over another version, and over a document on its way out: only `keepDocument` brings that back. */
  setDocumentStatus(id: string, version: number, status: DocumentStatus, error?: StoredError): void;
  /** Calls a deletion off: 'ready' if this version is published, else 'failed' with `error`. */
  keepDocument(id: string, version: number, error: StoredError): void;
  /** One transaction: chunks, sentences, tokens, vectors, lexical index, extraction, text; replaces the version before. */
  publish(publication: Publication, runToken: string): PublishResult;
  removeDocument(
    workspaceId: string,
    id: string,
    runToken: string,
  ): { obsoleteKvKeys: string[]; obsoleteBlobs: string[] };
  /** The parsed text of the published version. */
  documentText(
    workspaceId: string,
    id: string,
  ): { title: string; text: string; blocks: readonly Block[] } | undefined;
  counts(workspaceId: string): { documents: number; chunks: number; bytes: number };
  /** Whether a search under `filter` may show chunks of a document; asks the store once for each document. */
  searchable(workspaceId: string, filter?: SearchFilter): (documentId: string) => boolean;

  // chunks
  chunks(workspaceId: string, ids: readonly string[]): Chunk[];
  chunksOfDocument(workspaceId: string, documentId: string, page: PageRequest): Page<Chunk>;
  /** Ids only, all chunks of a document, in order. */
  chunkIds(workspaceId: string, documentId: string): string[];
  /** The same for many documents at once; a document without chunks is absent. */
  chunkIdsOf(workspaceId: string, documentIds: readonly string[]): Map<string, string[]>;
  /** Reader tokens as fixed at ingest; chunks stored under another tokenizer are absent from the map. */
  chunkTokens(
    workspaceId: string,
    ids: readonly string[],
    tokenizerFingerprint: string,
  ): Map<string, Int32Array>;
  putChunkTokens(tokenizerFingerprint: string, tokens: ReadonlyMap<string, Int32Array>): void;
  /** Vectors of the embedder in use, or of the one given. */
  chunkVectors(
    workspaceId: string,
    ids: readonly string[],
    embedderFingerprint?: string,
  ): Map<string, Float32Array>;
  /** Since when each chunk has been in the workspace (ISO 8601); its document's date where that was not kept. */
  chunksFirstSeen(workspaceId: string, ids: readonly string[]): Map<string, string>;
  extractionsOfDocument(documentId: string): ChunkExtraction[];
  /** Enabled documents whose title is one of `names`, both as `titleName` has them. */
  documentsByTitle(
    workspaceId: string,
    names: readonly string[],
  ): { documentId: string; title: string; normalizedTitle: string }[];

  // graph synchronisation: published documents whose graph is not (known to be) written yet
  markGraphSynced(documentId: string, version: number): void;
  /** Names the store that graphs are written to from now on; if it is another one, all documents await it. */
  useGraphStore(id: string): void;
  documentsAwaitingGraph(): { workspaceId: string; documentId: string; version: number }[];

  // KV registry: which key each chunk's cache was stored under
  setChunkKv(entries: ReadonlyMap<string, string>): void;
  chunkKv(chunkIds: readonly string[]): Map<string, string>;
  /** Notes the key of a chunk's cache that was computed behind another chunk; passed over if one of them is gone. */
  setKvBehind(chunkId: string, contextId: string, key: string): void;
  kvBehind(chunkIds: readonly string[]): { chunkId: string; contextId: string; key: string }[];
  /** Keys of the chunks of pinned documents, sorted. */
  pinnedKvKeys(workspaceId: string): string[];
  /** All keys any chunk of the workspace refers to, sorted. */
  kvKeys(workspaceId: string): string[];
  /** How many keys `kvKeys` would return. */
  kvCount(workspaceId: string): number;

  // jobs
  createJob(input: {
    workspaceId: string;
    kind: JobKind;
    documentId: string;
    documentName: string;
    version: number;
  }): JobRecord;
  job(id: string): JobRecord | undefined;
  jobs(
    filter: { workspaceId?: string; documentId?: string; states?: readonly JobState[] },
    page: PageRequest,
  ): Page<JobRecord>;
  /** Starts a run and fences off earlier ones: returns the run token, or undefined if the job has ended. */
  beginJob(id: string): { job: JobRecord; runToken: string } | undefined;
  /** Throws StaleRunError if another run has begun. */
  updateJob(id: string, runToken: string, progress: JobProgress): JobRecord;
  finishJob(
    id: string,
    runToken: string,
    state: 'succeeded' | 'failed' | 'canceled',
    error?: StoredError,
  ): JobRecord;
  /** Jobs not yet begun end at once; running ones see `cancelRequested`. */
  requestCancel(id: string): JobRecord;
  /** A failed or canceled job is made 'enqueued' again. */
  reopenJob(id: string): JobRecord;
  /** Oldest first: what a restarted server has to enqueue again. */
  unfinishedJobs(): JobRecord[];

  // answers
  putAnswer(answer: AnswerRecord): void;
  answer(id: string): AnswerRecord | undefined;
  answers(workspaceId: string, page: PageRequest): Page<AnswerRecord>;

  /** Hashes of all original bytes that some document needs: what a clean-up of blobs must keep. */
  blobHashes(): string[];
  /** Several calls as one transaction, e.g. `putDocument` and `createJob`. `work` must be synchronous. */
  atomically<T>(work: () => T): T;
  /** Returns when all commits so far are on the disk: for what must not be ahead of them, such as files. */
  sync(): void;
  /** Chunks that have no vector of this embedder: after it was changed, they are missing from searches. */
  chunksWithoutVector(workspaceId: string, embedderFingerprint: string, limit: number): string[];
  putChunkVectors(embedderFingerprint: string, vectors: ReadonlyMap<string, Float32Array>): void;
  /** Whether any chunk has a vector of this embedder. */
  hasVectors(workspaceId: string, embedderFingerprint: string): boolean;
  /** Drops up to `limit` vectors of other embedders, once they serve no more; returns how many. */
  dropOtherVectors(workspaceId: string, embedderFingerprint: string, limit: number): number;

  /** Writes and reads back a row: readiness means that a write works. Throws what SQLite throws. */
  probe(): void;
  /** Canonical text of documents, chunks, index ids, KV keys and jobs, sorted; for tests and repair. */
  dump(workspaceId: string): string[];
  close(): void;
}
