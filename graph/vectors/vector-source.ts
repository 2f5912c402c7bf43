/** Where a vector index takes its vectors from: the rows of one workspace and one embedder. */
import type { SearchFilter } from '../types.ts';

export interface StoredVector {
  readonly label: number;
  /** Number of the document (`documents.n`). */
  readonly document: number;
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
  /** Returns when all that was read is on the disk: a saved graph must not be ahead of its source. */
  sync(): void;
  /** Sequence number of the newest change of any workspace. */
  newestChange(): number;
  /** Changes after `seq`, oldest first. */
  changes(seq: number, limit: number): VectorChange[];
  /** Whether changes after `seq` may have been dropped from the log. */
  hasForgotten(seq: number): boolean;
  /** Rows in the order of labels. */
  vectors(afterLabel: number, limit: number): StoredVector[];
  /** Those of the labels that are still there. */
  vectorsAt(labels: readonly number[]): StoredVector[];
  labelsOf(documents: readonly number[]): number[];
  labels(afterLabel: number, limit: number): Omit<StoredVector, 'vector'>[];
  /**
   * Which documents a search may show; `undefined`: all. Disabled ones and those waiting for their deletion
   * never. The same function as before as long as nothing has changed.
   */
  allowed(filter: SearchFilter | undefined): ((document: number) => boolean) | undefined;
  /** What those labels that are still there stand for: ids of chunks, or of statements. */
  ids(labels: readonly number[]): Map<number, string>;
}
