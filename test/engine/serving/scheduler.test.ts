import { describe, expect, it } from 'vitest';
import {
  CancelledError,
  InvalidStepError,
  PRIORITY,
  Scheduler,
  type ServedResult,
} from '../../../engine/index.ts';
import type { DecoderRunner, SequenceKv, SequenceRows } from '../../../engine/types.ts';
import { argmax, decoderLoader, maxDifference, range, seededRandom } from '../support/fixtures.ts';

const load = decoderLoader();
const answer = { priority: PRIORITY.answer };
const ingest = { priority: PRIORITY.ingest };
const smallSteps = { rows: 40, rowsBesideDecodes: 16, decodes: 64 };

function text(length: number, seed: number): Int32Array {
  const random = seededRandom(seed);
  return Int32Array.from({ length }, () => 3 + Math.floor(random() * 300));
}

function rowsOf(
  sequence: SequenceKv,
  tokens: Int32Array,
  logits: SequenceRows['logits'],
  start = 0,
): SequenceRows {
  return { sequence, tokens, positions: range(start, start + tokens.length), logits };
}

/** Greedy tokens and the logits behind each, by `step`. */
async function decodeGreedily(
  runner: DecoderRunner,
  prompt: Int32Array,
  count: number,
  step: (rows: SequenceRows) => Promise<Float32Array> | Float32Array,
): Promise<{ tokens: number[]; logits: Float32Array[] }> {
  const sequence = runner.newSequence(prompt.length + count);
  const logits = [await step(rowsOf(sequence, prompt, 'last'))];
  const tokens = [argmax(logits[0]!)];
  while (tokens.length < count) {
    const at = prompt.length + tokens.length - 1;
    logits.push(await step(rowsOf(sequence, Int32Array.of(tokens.at(-1)!), 'last', at)));
    tokens.push(argmax(logits.at(-1)!));
  }
  sequence.release();
  return { tokens, logits };
}

/** Counts layers that the runner runs, and the rows of each step. */
function counting(runner: DecoderRunner) {
  const steps: { rows: number; sequences: number }[] = [];
  const watched: DecoderRunner = Object.create(runner, {
    begin: {
      value: (list: readonly SequenceRows[], options: object) => {
        const rows = list.reduce((sum, { tokens }) => sum + tokens.length, 0);
        steps.push({ rows, sequences: list.length });
        return runner.begin(list, options);
      },
    },
    config: { value: runner.config },
    newSequence: { value: (capacity: number) => runner.newSequence(capacity) },
  }) as DecoderRunner;
  return { watched, steps };
}

describe('rows of several callers', () => {
  it('decode together to the very bits of each alone', async () => {
    const runner = load('llama-gqa', 'int8-row');
    const { watched, steps } = counting(runner);
    const scheduler = new Scheduler({ runner: watched });
    const prompts = [text(9, 1), text(30, 2), text(9, 3), text(70, 4)];
    const together = await Promise.all(
      prompts.map((prompt) =>
        decodeGreedily(runner, prompt, 12, async (rows) => {
          return (await scheduler.step([rows], answer)).logits[0]!;
        }),
      ),
    );
    for (const [i, prompt] of prompts.entries()) {
      const alone = await decodeGreedily(
        runner,
        prompt,
        12,
        (rows) => runner.step([rows]).logits[0]!,
      );
      expect(together[i]!.tokens).toEqual(alone.tokens);
      alone.logits.forEach((each, n) => {
        expect(maxDifference(together[i]!.logits[n]!, each)).toBe(0);
      });
    }
    expect(steps.filter(({ sequences }) => sequences === 4).length).toBeGreaterThanOrEqual(11);
  });

  it('are read in one packed step to the very bits of each alone', async () => {
    const runner = load('llama-gqa', 'int8-row');
    const { watched, steps } = counting(runner);
    const scheduler = new Scheduler({ runner: watched });
    const texts = [text(3, 5), text(40, 6), text(33, 7), text(100, 8)];
    const packed = await Promise.all(
      texts.map((each) => scheduler.step([rowsOf(runner.newSequence(100), each, 'all')], answer)),
    );
    expect(steps).toEqual([{ rows: 176, sequences: 4 }]);
    texts.forEach((each, i) => {
      const alone = runner.step([rowsOf(runner.newSequence(100), each, 'all')]);
      expect(maxDifference(packed[i]!.logits[0]!, alone.logits[0]!)).toBe(0);
    });
  });

  it('are read in pieces to the logits of one piece', async () => {
    // Attention sums in another order when tiles are cut elsewhere, so the last bits of float32 differ.
    const runner = load('llama-gqa');
    const scheduler = new Scheduler({ runner, stepSize: smallSteps });
    const texts = [text(130, 9), text(41, 10)];
    const chunked = await scheduler.step(
      texts.map((each) => rowsOf(runner.newSequence(130), each, 'all')),
      answer,
    );
    texts.forEach((each, i) => {
      const whole = runner.step([rowsOf(runner.newSequence(130), each, 'all')]);
      expect(chunked.logits[i]).toHaveLength(each.length * runner.config.vocabSize);
      expect(maxDifference(chunked.logits[i]!, whole.logits[0]!)).toBeLessThan(1e-4);
    });
  });

  it('are read beside decodes to the very bits of one piece', async () => {
    const runner = load('llama-gqa', 'int8-row');
    const { watched, steps } = counting(runner);
    const stepSize = { rows: 128, rowsBesideDecodes: 64, decodes: 64 };
    const scheduler = new Scheduler({ runner: watched, stepSize });
    const tokens = text(450, 26);
    const reading = scheduler.step([rowsOf(runner.newSequence(450), tokens, 'all')], answer);
    await decodeGreedily(runner, text(5, 27), 12, async (rows) => {
      return (await scheduler.step([rows], answer)).logits[0]!;
    });
    const whole = runner.step([rowsOf(runner.newSequence(450), tokens, 'all')]).logits[0]!;
    expect(maxDifference((await reading).logits[0]!, whole)).toBe(0);
    expect(steps.filter(({ rows }) => rows === 65).length).toBeGreaterThan(2);
  });

  it('show their layers with the place of their first row, whatever pieces they run in', async () => {
    const runner = load('llama-gqa', 'int8-row');
    const scheduler = new Scheduler({ runner, stepSize: smallSteps });
    const list = [text(90, 11), text(12, 12)].map((each) =>
      rowsOf(runner.newSequence(90), each, 'none'),
    );
    const width = runner.config.kvHeads * runner.config.headDim;
    const seen = list.map(({ tokens }) => new Float32Array(tokens.length * width));
    await scheduler.step(list, {
      ...ingest,
      onLayer: ({ layer, sequenceIndex, firstRow, v }) => {
        if (layer === 0) seen[sequenceIndex]!.set(v, firstRow * width);
      },
    });
    list.forEach(({ tokens }, i) => {
      let whole = new Float32Array(0);
      runner.step([rowsOf(runner.newSequence(90), tokens, 'none')], {
        onLayer: ({ layer, v }) => {
          if (layer === 0) whole = Float32Array.from(v);
        },
      });
      expect(maxDifference(seen[i]!, whole)).toBe(0);
    });
  });
});

describe('urgent work', () => {
  it('begins at the next layer border of less urgent rows, which go on unharmed', async () => {
    const runner = load('llama-gqa', 'int8-row');
    const scheduler = new Scheduler({ runner });
    const events: string[] = [];
    const slow = text(300, 13);
    const long = rowsOf(runner.newSequence(300), slow, 'last');
    let urgent: Promise<Float32Array> | undefined;
    const done = scheduler.step([long], {
      ...ingest,
      onLayer: ({ layer }) => {
        events.push(`ingest ${layer}`);
        urgent ??= scheduler
          .step([rowsOf(runner.newSequence(20), text(20, 14), 'last')], {
            ...answer,
            onLayer: (rows) => events.push(`answer ${rows.layer}`),
          })
          .then(({ logits }) => {
            events.push('answered');
            return logits[0]!;
          });
      },
    });
    const { logits } = await done;
    expect(events).toEqual([
      'ingest 0',
      'answer 0',
      'answer 1',
      'answer 2',
      'answered',
      'ingest 1',
      'ingest 2',
    ]);
    const alone = (tokens: Int32Array) =>
      runner.step([rowsOf(runner.newSequence(300), tokens, 'last')]).logits[0]!;
    expect(maxDifference(logits[0]!, alone(slow))).toBe(0);
    expect(maxDifference(await urgent!, alone(text(20, 14)))).toBe(0);
  });

  it('goes on decoding while a long prompt is read', async () => {
    const runner = load('llama-gqa', 'int8-row');
    const { watched, steps } = counting(runner);
    const scheduler = new Scheduler({ runner: watched, stepSize: smallSteps });
    const reading = scheduler.step(
      [rowsOf(runner.newSequence(400), text(400, 15), 'last')],
      answer,
    );
    await decodeGreedily(runner, text(5, 16), 20, async (rows) => {
      return (await scheduler.step([rows], answer)).logits[0]!;
    });
    await reading;
    const mixed = steps.filter(({ sequences }) => sequences === 2);
    expect(mixed.length).toBeGreaterThanOrEqual(19);
    expect(Math.max(...mixed.slice(1).map(({ rows }) => rows))).toBe(17);
  });
});

describe('a caller who gives up', () => {
  it('is let out within one layer, and those in the same step get what they would have got', async () => {
    const runner = load('llama-gqa', 'int8-row');
    const scheduler = new Scheduler({ runner });
    const texts = [text(50, 17), text(60, 18), text(40, 19)];
    let cancelled = false;
    const layers: number[] = [];
    const sequences = texts.map(() => runner.newSequence(60));
    const results = await Promise.allSettled(
      texts.map((each, i) =>
        scheduler
          .step([rowsOf(sequences[i]!, each, 'last')], {
            ...answer,
            ...(i === 1 && {
              isCancelled: () => cancelled,
              onLayer: ({ layer }) => {
                layers.push(layer);
                cancelled = true;
              },
            }),
          })
          .finally(() => sequences[i]!.release()),
      ),
    );
    expect(layers).toEqual([0]);
    expect(results[1]).toMatchObject({ status: 'rejected', reason: expect.any(CancelledError) });
    for (const i of [0, 2]) {
      const alone = runner.step([rowsOf(runner.newSequence(60), texts[i]!, 'last')]);
      const { value } = results[i] as PromiseFulfilledResult<ServedResult>;
      expect(maxDifference(value.logits[0]!, alone.logits[0]!)).toBe(0);
    }
  });

  it('ends a step that nobody else is in', async () => {
    const runner = load('llama-gqa', 'int8-row');
    const scheduler = new Scheduler({ runner });
    let layers = 0;
    const step = scheduler.step([rowsOf(runner.newSequence(60), text(60, 20), 'last')], {
      ...answer,
      isCancelled: () => layers > 0,
      onLayer: () => layers++,
    });
    await expect(step).rejects.toBeInstanceOf(CancelledError);
    expect(layers).toBe(1);
    const next = await scheduler.step([rowsOf(runner.newSequence(9), text(9, 21), 'last')], answer);
    expect(next.logits[0]).toHaveLength(runner.config.vocabSize);
  });
});

describe('rows that have to be made ready', () => {
  it('hold up their own step layer by layer, while others go on', async () => {
    const runner = load('llama-gqa', 'int8-row');
    const scheduler = new Scheduler({ runner });
    const events: string[] = [];
    let release = (): void => undefined;
    const waiting = scheduler.step([rowsOf(runner.newSequence(9), text(9, 23), 'last')], {
      ...answer,
      beforeLayer: (layer) => {
        events.push(`before ${layer}`);
        if (layer !== 1) return;
        return new Promise<void>((resolve) => (release = resolve));
      },
      onLayer: ({ layer }) => events.push(`layer ${layer}`),
    });
    await expect.poll(() => events.at(-1)).toBe('before 1');
    await scheduler.step([rowsOf(runner.newSequence(5), text(5, 24), 'last')], ingest);
    events.push('others');
    release();
    await waiting;
    expect(events).toEqual([
      'before 0',
      'layer 0',
      'before 1',
      'others',
      'layer 1',
      'before 2',
      'layer 2',
    ]);
  });

  it('fail alone, or are given up, while they wait', async () => {
    const runner = load('llama-gqa', 'int8-row');
    const scheduler = new Scheduler({ runner });
    const rows = () => [rowsOf(runner.newSequence(9), text(9, 25), 'last')];
    let gone = false;
    const never = scheduler.step(rows(), {
      ...answer,
      isCancelled: () => gone,
      beforeLayer: () => new Promise<void>(() => undefined),
    });
    const failing = scheduler.step(rows(), {
      ...answer,
      beforeLayer: () => Promise.reject(new Error('file is gone')),
    });
    const sound = scheduler.step(rows(), answer);
    await expect(failing).rejects.toThrow('file is gone');
    gone = true;
    await expect(never).rejects.toBeInstanceOf(CancelledError);
    expect((await sound).logits[0]).toHaveLength(runner.config.vocabSize);
  });
});

describe('a fault', () => {
  it('in one list of rows harms its own caller only', async () => {
    const runner = load('llama-gqa', 'int8-row');
    const scheduler = new Scheduler({ runner });
    const good = scheduler.step([rowsOf(runner.newSequence(9), text(9, 22), 'last')], answer);
    const bad = scheduler.step([rowsOf(runner.newSequence(9), Int32Array.of(-1), 'last')], answer);
    await expect(bad).rejects.toBeInstanceOf(InvalidStepError);
    expect((await good).logits[0]).toHaveLength(runner.config.vocabSize);
  });

  it('of a listener ends its step, and the next one runs', async () => {
    const runner = load('llama-gqa', 'int8-row');
    const scheduler = new Scheduler({ runner });
    const broken = scheduler.step([rowsOf(runner.newSequence(9), text(9, 22), 'last')], {
      ...answer,
      onLayer: () => {
        throw new Error('broken');
      },
    });
    await expect(broken).rejects.toThrow('broken');
    const next = await scheduler.step([rowsOf(runner.newSequence(9), text(9, 22), 'last')], answer);
    expect(next.logits[0]).toHaveLength(runner.config.vocabSize);
  });
});
