export { answer, type AnswerOptions } from './answerer.ts';
export type {
  AnswerEvent,
  AnswerOutcome,
  AnswerRequest,
  AnswerStage,
  AnswerTimings,
  Citation,
} from './answer-types.ts';
export type { ConversationRequest, EarlierTurn } from './conversation.ts';
export { focusRanges } from './focus-ranges.ts';
export { engineReranker } from './engine-reranker.ts';
export { embedQuestion } from './embed-question.ts';
export { readNames } from './read-names.ts';
export { linkPaths } from './link-paths.ts';
export { outlastGraph } from './outlast-graph.ts';
export { search } from './search.ts';
export { DEFAULT_SETTINGS, type RetrievalSettings } from './settings.ts';
export { TermCache } from './term-weights.ts';
export type {
  Candidate,
  GraphPath,
  PathStep,
  Reranker,
  RetrievalParts,
  SearchResult,
} from './types.ts';
