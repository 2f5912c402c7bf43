/** Requests that come and go as people do: some are given up at a random moment, some want their first token sooner than it can come. */
import {
  CancelledError,
  EngineError,
  PRIORITY,
  Scheduler,
  type DecoderRunner,
} from '../../engine/index.ts';

export interface Ended {
  readonly done: number;
  readonly cancelled: number;
  readonly refused: number;
  /** Most steps of decode that one request made after it was given up. */
  readonly stepsAfter: number;
  /** Held by the scheduler when all had ended. */
  readonly heldBytes: number;
}

const MOST_PROMPT = 128;
const MOST_DECODED = 8;
const AT_ONCE = 24;

export async function runRequests(
  runner: DecoderRunner,
  count: number,
  random: () => number,
): Promise<Ended> {
  const scheduler = new Scheduler({ runner });
  const ended = { done: 0, cancelled: 0, refused: 0, stepsAfter: 0 };
  const open = new Set<Promise<void>>();
  for (let i = 0; i < count; i++) {
    const one: Promise<void> = request(scheduler, runner, random)
      .then(({ kind, after }) => {
        ended[kind] += 1;
        ended.stepsAfter = Math.max(ended.stepsAfter, after);
      })
      .finally(() => open.delete(one));
    open.add(one);
    while (open.size >= AT_ONCE) await Promise.race(open);
  }
  await Promise.all(open);
  return { ...ended, heldBytes: scheduler.stats().kvBytes };
}

interface Outcome {
  readonly kind: 'done' | 'cancelled' | 'refused';
  readonly after: number;
}

async function request(
  scheduler: Scheduler,
  runner: DecoderRunner,
  random: () => number,
): Promise<Outcome> {
  const signal = random() < 0.4 ? AbortSignal.timeout(1 + Math.floor(random() * 2000)) : undefined;
  const isCancelled = (): boolean => signal?.aborted === true;
  const work = { priority: random() < 0.3 ? PRIORITY.ingest : PRIORITY.answer, isCancelled };
  const length = 1 + Math.floor(random() * MOST_PROMPT);
  const decoded = 1 + Math.floor(random() * MOST_DECODED);
  let after = 0;
  try {
    const admission = scheduler.admit({
      prefillTokens: length,
      ...(random() < 0.1 && { firstTokenWithinMs: 1 }),
    });
    try {
      const sequence = await scheduler.newSequence(length + decoded, work);
      try {
        const ids = Int32Array.from({ length }, () => random() * runner.config.vocabSize);
        const positions = Int32Array.from(ids.keys());
        await scheduler.step([{ sequence, tokens: ids, positions, logits: 'last' }], work);
        admission.started();
        for (let n = 0; n < decoded && !isCancelled(); n++) {
          const row = { tokens: Int32Array.of(n), positions: Int32Array.of(length + n) };
          await scheduler.step([{ sequence, ...row, logits: 'last' }], { priority: work.priority });
          if (isCancelled()) after++;
        }
        return { kind: isCancelled() ? 'cancelled' : 'done', after };
      } finally {
        sequence.release();
      }
    } finally {
      admission.ended();
    }
  } catch (error) {
    if (error instanceof CancelledError) return { kind: 'cancelled', after };
    if (error instanceof EngineError) return { kind: 'refused', after };
    throw error;
  }
}
