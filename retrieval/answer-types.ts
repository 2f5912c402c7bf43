/** An answer and the events on the way to it. */
import type { BlendMode, GenerateRequest, Reuse, RibbonRun } from '../cache/index.ts';
import type { SearchFilter } from '../graph/index.ts';
import type { ConversationRequest } from './conversation.ts';
import type { Evidence } from './evidence.ts';
import type { Candidate, GraphPath, SearchResult } from './types.ts';

export interface AnswerRequest {
  readonly workspaceId: string;
  readonly question: string;
  readonly mode: BlendMode;
  readonly maxTokens: number;
  /** When the first token is of use at the latest, in ms of `performance.now()`. */
  readonly firstTokenBy?: number;
  readonly filter?: SearchFilter;
  /** Earlier turns, and that there may be later ones. */
  readonly conversation?: ConversationRequest;
  /** Overrides what the mode stands for; for benches. */
  readonly budget?: GenerateRequest['budget'];
}

export type AnswerStage = 'embed' | 'retrieve' | 'plan' | 'load' | 'generate' | 'cite';

/** Milliseconds; everything up to `sample` adds up to `firstToken`. */
export interface AnswerTimings {
  readonly embed: number;
  readonly retrieval: number;
  readonly plan: number;
  readonly queue: number;
  readonly kvLoad: number;
  readonly selection: number;
  readonly recompute: number;
  readonly sample: number;
  readonly firstToken: number;
  readonly total: number;
  readonly tokensPerSecond: number;
}

export interface Citation extends Evidence {
  /** 1-based. */
  readonly index: number;
}

export interface AnswerOutcome {
  readonly kind: 'generated' | 'extractive' | 'none';
  readonly text: string;
  /** Geometric mean probability of the reader's tokens, 0..1. */
  readonly confidence: number;
  readonly readerText: string;
  readonly finish: 'stop' | 'length' | 'cancelled';
  readonly citations: readonly Citation[];
  readonly paths: readonly GraphPath[];
  readonly context: readonly Candidate[];
  /** All that may be searched fitted into the prompt and was read. */
  readonly wholeCorpus?: true;
  readonly cachedChunkIds: ReadonlySet<string>;
  /** The answer in the reader's tokens; undefined where something else is shown. */
  readonly saidIds: Int32Array | undefined;
  readonly reuse: (Reuse & { answerTokens: number }) | undefined;
  readonly ribbon: readonly RibbonRun[];
  readonly timings: AnswerTimings | undefined;
}

export type AnswerEvent =
  | { readonly type: 'stage'; readonly stage: AnswerStage }
  | {
      readonly type: 'retrieval';
      readonly result: SearchResult;
      readonly context: readonly Candidate[];
    }
  | { readonly type: 'kv_plan'; readonly reuse: Reuse; readonly ribbon: readonly RibbonRun[] }
  | { readonly type: 'text'; readonly delta: string }
  | { readonly type: 'replaced'; readonly kind: 'extractive' | 'none'; readonly text: string }
  | { readonly type: 'citation'; readonly citation: Citation };
