/** Which cached rows are computed again: one interface for all ways to choose. */

export interface CachedRun {
  /** Position of the chunk's first token in the prompt. */
  readonly start: number;
  readonly count: number;
  /** Weight of each token from the knowledge graph, 0..1. */
  readonly focus: Float32Array;
}

export interface BlendContext {
  /** Cached chunks that may differ from a full read: all but one that stands right behind the prefix. */
  readonly runs: readonly CachedRun[];
  readonly budgetRows: number;
  /** Attention of the question over every prompt position, summed over rows and heads; made when asked. */
  attention(): Promise<Float32Array>;
  /** How far cached keys and values of layer 1 lie from computed ones, per prompt position; made when asked. */
  deviation(): Promise<Float32Array>;
}

export interface BlendPolicy {
  readonly name: string;
  /** Positions to compute again, ascending, at most `budgetRows` unless the policy is `full`. */
  select(context: BlendContext): Promise<Int32Array>;
}
