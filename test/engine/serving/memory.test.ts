import { describe, expect, it } from 'vitest';
import {
  CancelledError,
  DeadlineError,
  KvMemoryError,
  OverloadedError,
  PRIORITY,
  Scheduler,
} from '../../../engine/index.ts';
import { sequenceBytes } from '../../../engine/sequence.ts';
import { decoderLoader, range } from '../support/fixtures.ts';

const load = decoderLoader();
const answer = { priority: PRIORITY.answer };
const ingest = { priority: PRIORITY.ingest };

/** Room for so many sequences of 100 tokens. */
function withRoomFor(sequences: number) {
  const runner = load('llama-gqa', 'int8-row');
  const bytes = sequenceBytes(runner.config, 100);
  return { scheduler: new Scheduler({ runner, limits: { kvBytes: sequences * bytes } }), bytes };
}

const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

describe('memory of sequences', () => {
  it('is counted, and given back once', async () => {
    const { scheduler, bytes } = withRoomFor(4);
    const sequence = await scheduler.newSequence(100, answer);
    expect(scheduler.stats()).toMatchObject({ kvBytes: bytes, kvLimitBytes: 4 * bytes });
    sequence.release();
    sequence.release();
    expect(scheduler.stats().kvBytes).toBe(0);
  });

  it('that is not there is waited for, answers before ingest', async () => {
    const { scheduler } = withRoomFor(2);
    const held = [
      await scheduler.newSequence(100, answer),
      await scheduler.newSequence(100, answer),
    ];
    const order: string[] = [];
    const waiting = [
      scheduler.newSequence(100, ingest).then((each) => (order.push('ingest'), each)),
      scheduler.newSequence(100, answer).then((each) => (order.push('first'), each)),
      scheduler.newSequence(100, answer).then((each) => (order.push('second'), each)),
    ];
    await soon();
    expect(order).toEqual([]);
    expect(scheduler.stats().waitingForKv).toBe(3);
    held.forEach((each) => each.release());
    (await waiting[1])!.release();
    for (const each of waiting) (await each).release();
    expect(order).toEqual(['first', 'second', 'ingest']);
    expect(scheduler.stats()).toMatchObject({ kvBytes: 0, waitingForKv: 0 });
  });

  it('is never all in the hands of ingest', async () => {
    const { scheduler } = withRoomFor(2);
    const first = await scheduler.newSequence(100, ingest);
    const second = scheduler.newSequence(100, ingest);
    const question = await scheduler.newSequence(100, answer);
    first.release();
    (await second).release();
    question.release();
    expect(scheduler.stats().kvBytes).toBe(0);
  });

  it('that can never be there is refused at once', async () => {
    const { scheduler } = withRoomFor(1);
    await expect(scheduler.newSequence(300, answer)).rejects.toBeInstanceOf(KvMemoryError);
  });

  it('is no longer waited for by who gave up', async () => {
    const { scheduler } = withRoomFor(1);
    const held = await scheduler.newSequence(100, answer);
    let gone = false;
    const waiting = scheduler.newSequence(100, { ...answer, isCancelled: () => gone });
    gone = true;
    await expect(waiting).rejects.toBeInstanceOf(CancelledError);
    held.release();
    expect(scheduler.stats()).toMatchObject({ kvBytes: 0, waitingForKv: 0 });
  });
});

describe('admission', () => {
  it('refuses more requests, and more waiting tokens, than there is room for', () => {
    const runner = load('llama-gqa', 'int8-row');
    const scheduler = new Scheduler({ runner, limits: { requests: 2, prefillTokens: 100 } });
    const long = scheduler.admit({ prefillTokens: 150 }); // one may always wait
    expect(() => scheduler.admit({ prefillTokens: 1 })).toThrow(OverloadedError);
    long.started();
    const second = scheduler.admit({ prefillTokens: 100 });
    expect(() => scheduler.admit({ prefillTokens: 0 })).toThrow(/2 requests are open/);
    second.ended();
    second.ended();
    long.ended();
    expect(scheduler.stats()).toMatchObject({ requests: 0, waitingPrefillTokens: 0, refused: 2 });
  });

  it('refuses what would be late, once it knows how fast it reads', async () => {
    const runner = load('llama-gqa', 'int8-row');
    let now = 0;
    const scheduler = new Scheduler({ runner, now: () => now });
    const request = { prefillTokens: 1000, firstTokenWithinMs: 500 };
    scheduler.admit(request).ended(); // nothing is known yet
    const rows = {
      sequence: await scheduler.newSequence(100, answer),
      tokens: new Int32Array(100).fill(5),
      positions: range(0, 100),
      logits: 'none' as const,
    };
    await scheduler.step([rows], { ...answer, onLayer: () => (now += 100) }); // 3 layers: 3 ms a token
    expect(scheduler.stats().msPerPrefillToken).toBeCloseTo(3, 5);
    expect(() => scheduler.admit(request)).toThrow(DeadlineError);
    const other = scheduler.admit({ prefillTokens: 100, firstTokenWithinMs: 500 });
    expect(() => scheduler.admit({ prefillTokens: 100, firstTokenWithinMs: 500 })).toThrow(
      /about 600 ms/,
    );
    other.started();
    scheduler.admit({ prefillTokens: 100, firstTokenWithinMs: 500 }).ended();
  });
});
