/** A title of published documents, or a name that was merged into another, that came or went. */
export interface TitleChange {
  /** Grows with every change. */
  readonly seq: number;
  /** As `titleName` has it. */
  readonly title: string;
  /** Whether a published document bears it now, or a standing record merges it. */
  readonly stands: boolean;
}

/**
 * Port of the titles of a workspace, beside the corpus and in its transactions: which there are, and which came or
 * went since documents that name them were last written to the graph. Synchronous, like the commit record.
 */
export interface TitleStore {
  /** At most `limit` changes behind `seq`, in order; only the last change of each title. */
  changesSince(workspaceId: string, seq: number, limit: number): TitleChange[];
  /** Changes whose documents were not written to the graph since, the oldest first. */
  pending(workspaceId: string, limit: number): TitleChange[];
  /** All workspaces with something pending. */
  workspacesPending(): string[];
  /** Marks a change as done; a later change of the same title stays pending. */
  settle(change: TitleChange): void;
  /** Published documents that bear it. */
  documentsTitled(workspaceId: string, title: string): string[];
  /** Published documents whose text has the words of the title in a row. */
  documentsNaming(workspaceId: string, title: string): string[];
}
