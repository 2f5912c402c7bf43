export { answer, type AnswerOptions } from './answerer.ts';
export type {
  AnswerEvent,
  AnswerOutcome,
  AnswerRequest,
  AnswerStage,
  AnswerTimings,
  Citation,
} from './answer-types.ts';
export { linkPaths } from './link-paths.ts';
export { search } from './search.ts';
export { TermCache } from './term-weights.ts';
export type { Candidate, GraphPath, PathStep, RetrievalParts, SearchResult } from './types.ts';
