/** How the contract suites of indices bring chunks in and out, whatever store lies behind. */
export interface IndexedText {
  readonly title?: string;
  readonly heading?: string;
  readonly text: string;
  readonly vector?: Float32Array;
}

/** What filters look at. */
export interface DocumentAttributes {
  /** Default `text/plain`. */
  readonly mediaType?: string;
  readonly tags?: readonly string[];
  /** ISO 8601; default: now. */
  readonly createdAt?: string;
}

export interface IndexWriter<Index> {
  readonly index: Index;
  createWorkspace(): string;
  deleteWorkspace(workspaceId: string): void;
  /** Replaces the document `key`; returns its id and the ids of its chunks, in order. */
  put(
    workspaceId: string,
    key: string,
    chunks: readonly IndexedText[],
    attributes?: DocumentAttributes,
  ): { documentId: string; chunkIds: string[] };
  remove(workspaceId: string, documentId: string): void;
  setEnabled(workspaceId: string, documentId: string, enabled: boolean): void;
}
