/**
 * Reads again in full what a share of the live answers was blended from, when nothing more urgent is to be done, and
 * compares: would the full read have said the same, token by token? What it finds steers the budgets.
 */
import type { DecoderRunner } from '../../engine/index.ts';
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

/** Rows of one slice: what an urgent request has to wait for at most. */
const ROWS_PER_STEP = 256;

/** `turn` runs a slice when it is its turn; throws what it throws. */
export async function compareWithFullRead(
  runner: DecoderRunner,
  { plan, logits, tokenIds }: ShadowSample,
  turn: <T>(slice: () => T) => Promise<T>,
): Promise<ShadowFinding> {
  const tokens = Int32Array.of(...promptTokens(plan), ...tokenIds.slice(0, -1));
  const sequence = runner.newSequence(tokens.length);
  try {
    const answerStart = plan.length - 1;
    for (let start = 0; start < answerStart; start += ROWS_PER_STEP) {
      const end = Math.min(answerStart, start + ROWS_PER_STEP);
      await turn(() => runner.step([rows(sequence, tokens, start, end, 'none')]));
    }
    const [behind] = (
      await turn(() => runner.step([rows(sequence, tokens, answerStart, tokens.length, 'all')]))
    ).logits;
    const width = runner.config.vocabSize;
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
  sequence: ReturnType<DecoderRunner['newSequence']>,
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
