/**
 * Identity records: decisions that lie over what documents say. Documents keep their names as written; the
 * graph is what documents say, with the names that the records give. Taking a record back therefore gives
 * exactly the graph that would be without it.
 */
import type { Page, PageRequest } from '../types.ts';

/** An entity as a record knows it: it need not be in the graph for the record to stand. */
export interface EntityRef {
  readonly id: string;
  readonly name: string;
}

/** All that is said of `from` is said of `into`. */
export interface Merge {
  readonly kind: 'merge';
  readonly from: EntityRef;
  readonly into: EntityRef;
}

/** One of the things that a name stands for. */
export interface Sense extends EntityRef {
  /** Documents in which the name stands for this; nearer than `cues`. */
  readonly documents: readonly string[];
  /** Chunks in which it does; nearer than `documents`. A chunk whose text is edited gets another id. */
  readonly chunks: readonly string[];
  /** Ids of entities whose names, anywhere in a document, speak for this sense; with their weights. */
  readonly cues: Readonly<Record<string, number>>;
}

/**
 * A name that stands for several things. In each document it stands for one of them, except in chunks that
 * are listed: the chunk's sense, else the document's, else the one with the heaviest cues, else `rest`.
 */
export interface Split {
  readonly kind: 'split';
  readonly entity: EntityRef;
  readonly senses: readonly Sense[];
  /** Id of the sense that takes what nothing else speaks for. */
  readonly rest: string;
}

/** Two entities that are not one, whatever their names look like: they are not suggested again. */
export interface Distinct {
  readonly kind: 'distinct';
  readonly pair: readonly [EntityRef, EntityRef];
}

export type IdentityDecision = Merge | Split | Distinct;

/** One reason for or against: `value` times `weight` is what it adds to the score in log odds. */
export interface Evidence {
  readonly feature: string;
  readonly value: number;
  readonly weight: number;
  /** In words, with the names and numbers at hand. */
  readonly detail: string;
}

export interface IdentityRecord {
  readonly id: string;
  readonly workspaceId: string;
  readonly decision: IdentityDecision;
  readonly by: 'user' | 'automatic';
  /** What spoke for it when it was made. */
  readonly evidence: readonly Evidence[];
  /** Takes the record back, once. It does not expire. */
  readonly undoToken: string;
  readonly createdAt: string;
  readonly undoneAt: string | undefined;
  /** Of the workspace's records, when this one was made or taken back. */
  readonly revision: number;
}

export type NewIdentityRecord = Pick<
  IdentityRecord,
  'workspaceId' | 'decision' | 'by' | 'evidence'
>;

/** Port of the identity records; part of the commit record beside the documents. Synchronous. */
export interface IdentityStore {
  /** Grows with every record that is made or taken back. */
  revision(workspaceId: string): number;
  /** Records that stand, the oldest first. */
  standing(workspaceId: string): IdentityRecord[];
  /** All records, the newest first. */
  history(workspaceId: string, page: PageRequest): Page<IdentityRecord>;
  record(workspaceId: string, id: string): IdentityRecord | undefined;
  add(record: NewIdentityRecord): IdentityRecord;
  /** Throws NotFoundError for a token that was never given, ConflictError for one that was used. */
  undo(workspaceId: string, undoToken: string): IdentityRecord;
  /** Records made or taken back whose documents are not (known to be) written to the graph anew. */
  unapplied(): IdentityRecord[];
  /** `record` as `add`, `undo` or `unapplied` gave it; a change since then stays unapplied. */
  markApplied(record: IdentityRecord): void;
}
