/** Where a vector index takes its vectors from: the rows of one workspace and one embedder. */
export interface StoredVector {
  readonly label: number;
  readonly documentId: string;
  /** Unit length. */
  readonly vector: Float32Array;
}

export interface VectorChange {
  readonly seq: number;
  readonly label: number;
  /** `undefined`: the label is gone. */
  readonly added: StoredVector | undefined;
}

export interface VectorSource {
  count(): number;
  /** `undefined` while there is no vector. */
  dimension(): number | undefined;
  /** Sequence number of the newest change of any workspace. */
  newestChange(): number;
  /** Changes after `seq`, oldest first. */
  changes(seq: number, limit: number): VectorChange[];
  /** Whether changes after `seq` may have been dropped from the log. */
  hasForgotten(seq: number): boolean;
  /** Rows in the order of labels; `documentIds` narrows them. */
  vectors(afterLabel: number, limit: number, documentIds?: readonly string[]): StoredVector[];
  labels(afterLabel: number, limit: number): Omit<StoredVector, 'vector'>[];
  /** Documents that no search may show: disabled, or waiting for their deletion. */
  hiddenDocuments(): Set<string>;
  /** Chunk ids of those labels that are still there. */
  chunkIds(labels: readonly number[]): Map<number, string>;
}
