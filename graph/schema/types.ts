/**
 * The schema of a workspace: which types of entities and which relations its facts are stated in. What the
 * text says is kept as it was extracted; the schema is applied on top, so that it can be changed at any time.
 */

import type { ExtractedTriple, Page, PageRequest, Span } from '../types.ts';

export interface EntityTypeDefinition {
  /** Unique inside the schema, e.g. `Q5` or `person`. */
  readonly id: string;
  readonly label: string;
  readonly aliases: readonly string[];
  readonly description: string;
}

export interface RelationDefinition {
  /** Unique inside the schema, e.g. `P57` or `director`. */
  readonly id: string;
  readonly label: string;
  readonly aliases: readonly string[];
  readonly description: string;
  /** Ids of entity types; empty: any. */
  readonly domain: readonly string[];
  readonly range: readonly string[];
  /** A subject has at most one object at a time: two different ones contradict each other. */
  readonly functional: boolean;
}

/** A sentence with one fact that it states: what typing may learn from. */
export interface SchemaExample {
  readonly text: string;
  readonly subject: string;
  /** Id or label of a relation. */
  readonly relation: string;
  readonly object: string;
}

export interface Schema {
  readonly title: string;
  readonly entityTypes: readonly EntityTypeDefinition[];
  readonly relations: readonly RelationDefinition[];
  readonly examples: readonly SchemaExample[];
}

export interface StoredSchema {
  readonly schema: Schema;
  /** Grows with every change. */
  readonly revision: number;
  readonly updatedAt: string;
}

/** A triple that was kept out of the graph, in the words of the text. */
export interface RejectedFact {
  readonly id: string;
  readonly documentId: string;
  readonly chunkId: string;
  /** Which contract it broke: `pronoun`, `generic`, `span`, `length`, `self`, `empty`, `type`, `relation`. */
  readonly reason: string;
  readonly subject: string;
  readonly relation: string;
  readonly object: string;
  readonly sentence: Span;
}

/** Who kept a triple out: the rules or a model when they read the text, or the schema. */
export type RejectedBy = 'extraction' | 'schema' | 'model';

/** What a model read in one chunk. */
export interface ModelReading {
  readonly chunkId: string;
  /** Spans are absolute. */
  readonly triples: readonly ExtractedTriple[];
}

/**
 * Port of what a workspace's graph is stated in, beside the corpus. Synchronous, like the commit record.
 * A change of schema leaves every published document waiting for its graph (`documentsAwaitingGraph`), in the
 * same transaction: whoever writes graphs next states it in the new terms, and a crash loses nothing.
 */
export interface SchemaStore {
  schema(workspaceId: string): StoredSchema | undefined;
  /** `undefined` takes the schema away. */
  putSchema(workspaceId: string, schema: Schema | undefined): StoredSchema | undefined;
  /** Published documents, and how many of them wait for their graph. */
  restated(workspaceId: string): { readonly documents: number; readonly waiting: number };

  /** Replaces what `by` rejected of this document; `counts` holds all, `list` may be cut. */
  putRejections(
    documentId: string,
    by: RejectedBy,
    rejected: {
      readonly counts: Readonly<Record<string, number>>;
      readonly list: readonly Omit<RejectedFact, 'id' | 'documentId'>[];
    },
  ): void;
  rejections(
    workspaceId: string,
    filter: { readonly reason?: string; readonly documentId?: string },
    page: PageRequest,
  ): Page<RejectedFact>;
  rejectionCounts(workspaceId: string): Record<string, number>;

  /** What a model read of chunks of this document; other chunks keep what the rules read. */
  modelReadings(documentId: string): ModelReading[];
  putModelReading(documentId: string, reading: ModelReading): void;
  /** Raw replies of models by content key, so that nothing is asked and paid for twice. */
  cachedReply(key: string): string | undefined;
  cacheReply(key: string, reply: string): void;
}
