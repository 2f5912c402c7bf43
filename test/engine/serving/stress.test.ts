import { expect, it } from 'vitest';
import { CancelledError, EngineError, PRIORITY, Scheduler } from '../../../engine/index.ts';
import { sequenceBytes } from '../../../engine/sequence.ts';
import { argmax, decoderLoader, range, seededRandom } from '../support/fixtures.ts';

const runner = decoderLoader()('llama-gqa', 'int8-row');
const random = seededRandom(3);
const draw = (most: number): number => 1 + Math.floor(random() * most);

interface Outcome {
  readonly kind: 'done' | 'cancelled' | 'refused';
  /** Steps of decode after the caller gave up. */
  readonly after: number;
}

/** Reads a prompt and decodes, as an answer does, until it is done or the caller gives up. */
async function request(scheduler: Scheduler, signal: AbortSignal): Promise<Outcome> {
  const work = {
    priority: random() < 0.3 ? PRIORITY.ingest : PRIORITY.answer,
    isCancelled: () => signal.aborted,
  };
  const tokens = Int32Array.from({ length: draw(120) }, () => 2 + draw(300));
  const count = draw(20);
  let after = 0;
  try {
    const admission = scheduler.admit({
      prefillTokens: tokens.length,
      ...(random() < 0.1 && { firstTokenWithinMs: 1 }),
    });
    try {
      const sequence = await scheduler.newSequence(tokens.length + count, work);
      try {
        const prompt = { sequence, tokens, positions: range(0, tokens.length) };
        let { logits } = await scheduler.step([{ ...prompt, logits: 'last' }], work);
        admission.started();
        for (let n = 0; n < count && !signal.aborted; n++) {
          const row = {
            sequence,
            tokens: Int32Array.of(argmax(logits[0]!)),
            positions: Int32Array.of(tokens.length + n),
            logits: 'last' as const,
          };
          // As decode does: what is written is kept, so a step under way is not cut off.
          ({ logits } = await scheduler.step([row], { priority: work.priority }));
          if (signal.aborted) after++;
        }
        return { kind: signal.aborted ? 'cancelled' : 'done', after };
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

/** Turns of the event loop, which the scheduler makes between layers: as many on a slow machine as on a fast one. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

it('200 requests with random cancels and time-outs: all end, nothing is kept, nobody decodes on', async () => {
  const bytes = sequenceBytes(runner.config, 140);
  const limits = { kvBytes: 12 * bytes, requests: 60, prefillTokens: 2000 };
  const scheduler = new Scheduler({ runner, limits });
  const outcomes: Outcome[] = [];
  const open = new Set<Promise<void>>();
  for (let i = 0; i < 200; i++) {
    const control = new AbortController();
    if (i % 8 === 0) control.abort();
    else if (random() < 0.3) void turns(draw(200)).then(() => control.abort());
    const ended = request(scheduler, control.signal).then((each) => void outcomes.push(each));
    const one: Promise<void> = ended.finally(() => open.delete(one));
    open.add(one);
    while (open.size >= 30) await Promise.race(open);
  }
  await Promise.all(open);
  const of = (kind: Outcome['kind']): number =>
    outcomes.filter((each) => each.kind === kind).length;
  expect(outcomes).toHaveLength(200);
  expect(of('done')).toBeGreaterThan(50);
  expect(of('cancelled')).toBeGreaterThan(10);
  expect(Math.max(...outcomes.map(({ after }) => after))).toBeLessThanOrEqual(1);
  expect(scheduler.stats()).toMatchObject({
    requests: 0,
    waitingPrefillTokens: 0,
    kvBytes: 0,
    waitingForKv: 0,
  });
  expect(scheduler.stats().refused).toBe(of('refused'));
});
