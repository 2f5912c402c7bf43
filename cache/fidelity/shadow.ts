/**
 * Reads again in full what a share of the live answers was blended from, when nothing more urgent is to be done, and
 * compares: would the full read have said the same, token by token? What it finds steers the budgets.
 */
import { PRIORITY, type DecoderConfig, type SequenceKv, type Serving } from '../../engine/index.ts';
import { promptTokens, type PromptPlan } from '../prompt-plan.ts';
import { argmax, divergence } from './distance.ts';

export interface ShadowSample {
  readonly plan: PromptPlan;
  /** Logits behind the blended prompt, [vocabSize]. */
  readonly logits: Float32Array;
  /** What was answered, the end token included. */
  readonly tokenIds: readonly number[];
}

export interface ShadowFinding {
  /** Share of the answer's tokens that the full read chooses too, each behind the answer so far. */
  readonly agreement: number;
  /** KL of the first token from the full read's, nats. */
  readonly firstTokenKl: number;
}

/** Throws KvMemoryError where the prompt is too long to be read beside others. */
export async function compareWithFullRead(
  config: DecoderConfig,
  { plan, logits, tokenIds }: ShadowSample,
  serving: Serving,
): Promise<ShadowFinding> {
  const work = { priority: PRIORITY.ingest };
  const tokens = Int32Array.of(...promptTokens(plan), ...tokenIds.slice(0, -1));
  const sequence = await serving.newSequence(tokens.length, work);
  try {
    const answerStart = plan.length - 1;
    if (answerStart > 0) {
      await serving.step([rows(sequence, tokens, 0, answerStart, 'none')], work);
    }
    const answer = rows(sequence, tokens, answerStart, tokens.length, 'all');
    const [behind] = (await serving.step([answer], work)).logits;
    const width = config.vocabSize;
    const row = (i: number): Float32Array => behind!.subarray(i * width, (i + 1) * width);
    const same = tokenIds.filter((id, i) => argmax(row(i)) === id).length;
    return {
      agreement: same / tokenIds.length,
      firstTokenKl: divergence(row(0), logits),
    };
  } finally {
    sequence.release();
  }
}

function rows(
  sequence: SequenceKv,
  tokens: Int32Array,
  start: number,
  end: number,
  logits: 'none' | 'all',
) {
  return {
    sequence,
    tokens: tokens.subarray(start, end),
    positions: Int32Array.from({ length: end - start }, (_, i) => start + i),
    logits,
  };
}
