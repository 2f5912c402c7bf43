/** Ways over the graph from the chunks that the question found to further ones: one interface, one ranking each. */
import type { Question } from '../question.ts';
import type { Relevance } from '../relevance.ts';
import type { RetrievalSettings } from '../settings.ts';
import type { Candidate, RetrievalParts } from '../types.ts';
import type { Entity, SearchFilter } from '../../graph/index.ts';

/** One question on its way. */
export interface RetrievalRun {
  readonly parts: RetrievalParts;
  readonly workspaceId: string;
  readonly question: Question;
  /** Of the question; none without an embedder. */
  readonly vector: Float32Array | undefined;
  /** What the question names. */
  readonly entities: readonly Entity[];
  readonly relevance: Relevance;
  readonly settings: RetrievalSettings;
  readonly filter: SearchFilter | undefined;
  /** Whether the graph may lead into a document. */
  readonly allowed: (documentId: string) => boolean;
  /** BM25 of the question, of many chunks more than it found; those that are not here score less. */
  readonly lexicalScores: ReadonlyMap<string, number>;
  /** Terms of a name, kept. */
  readonly nameTerms: (name: string) => ReadonlySet<string>;
  /** Told of what is found while the search goes on. */
  readonly onCandidates?: (candidates: readonly Candidate[]) => void;
}

/**
 * @param first what the question found by itself, best first
 * @returns those and further chunks, best first
 */
export type RetrievalMethod = (
  run: RetrievalRun,
  first: readonly Candidate[],
) => Promise<readonly Candidate[]>;
