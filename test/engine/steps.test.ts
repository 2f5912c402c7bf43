import { describe, expect, it } from 'vitest';
import { CancelledError, InvalidStepError, SequenceFullError } from '../../engine/index.ts';
import type { DecoderRunner, LayerRows, SequenceKv } from '../../engine/types.ts';
import {
  argmax,
  decoderFixtures,
  decoderLoader,
  familyFixtures,
  type DecoderGolden,
  maxDifference,
  prefill,
  range,
  readFixtureJson,
  seededRandom,
} from './support/fixtures.ts';
import { ReferenceDecoder } from './support/reference-decoder.ts';

const load = decoderLoader();
const { short, long } = readFixtureJson<DecoderGolden>('llama-gqa', 'golden.json');

/** Keys before RoPE and values of every layer, [kvHeads][count][headDim], as a chunk cache would keep them. */
interface CachedRows {
  readonly keys: Float32Array[];
  readonly values: Float32Array[];
}

function captureRows(runner: DecoderRunner, tokens: readonly number[]): CachedRows {
  const { kvHeads, headDim } = runner.config;
  const cached: CachedRows = { keys: [], values: [] };
  const byHead = (rows: Float32Array) => {
    const out = new Float32Array(rows.length);
    for (let row = 0; row < tokens.length; row++) {
      for (let head = 0; head < kvHeads; head++) {
        const from = (row * kvHeads + head) * headDim;
        out.set(rows.subarray(from, from + headDim), (head * tokens.length + row) * headDim);
      }
    }
    return out;
  };
  const onLayer = ({ k, v }: LayerRows) => {
    cached.keys.push(byHead(k));
    cached.values.push(byHead(v));
  };
  const sequence = runner.newSequence(tokens.length);
  const rows = {
    sequence,
    tokens: Int32Array.from(tokens),
    positions: range(0, tokens.length),
    logits: 'none' as const,
  };
  runner.step([rows], { onLayer });
  sequence.release();
  return cached;
}

function place(
  runner: DecoderRunner,
  sequence: SequenceKv,
  position: number,
  { keys, values }: CachedRows,
): void {
  const count = keys[0]!.length / runner.config.kvHeads / runner.config.headDim;
  keys.forEach((_, layer) =>
    runner.placeKv(sequence, layer, position, count, keys[layer]!, values[layer]!),
  );
}

describe.each([...decoderFixtures, ...familyFixtures])('steps of %s', (name) => {
  const golden = readFixtureJson<DecoderGolden>(name, 'golden.json');
  const whole = golden.long.slice(0, 120);
  const start = whole.slice(0, 48);
  const open = () => load(name, 'fp32', whole.length);

  it('give the same logits in chunks as at once', () => {
    const runner = open();
    const atOnce = prefill(runner, runner.newSequence(48), start);
    const sequence = runner.newSequence(60);
    const parts = [
      prefill(runner, sequence, start.slice(0, 20)),
      prefill(runner, sequence, start.slice(20, 21), 20),
      prefill(runner, sequence, start.slice(21), 21),
    ];
    expect(
      maxDifference(
        parts.flatMap((part) => [...part]),
        atOnce,
      ),
    ).toBeLessThan(1e-4);
  });

  it('give the same logits for sequences packed together as for each alone', () => {
    const runner = open();
    const texts = [start.slice(0, 7), start.slice(7, 40), whole, whole.slice(5, 6)];
    const alone = texts.map((text) => prefill(runner, runner.newSequence(300), text));
    const packed = runner.step(
      texts.map((text) => ({
        sequence: runner.newSequence(300),
        tokens: Int32Array.from(text),
        positions: range(0, text.length),
        logits: 'all' as const,
      })),
    );
    alone.forEach((logits, i) =>
      expect(maxDifference(packed.logits[i]!, logits)).toBeLessThan(1e-4),
    );
  });

  it('recompute every row over placed caches to the logits of a full prefill', () => {
    const runner = open();
    const full = prefill(runner, runner.newSequence(48), start);
    const sequence = runner.newSequence(50);
    place(runner, sequence, 0, captureRows(runner, start.slice(0, 16)));
    place(runner, sequence, 16, captureRows(runner, start.slice(16, 48)));
    expect(maxDifference(prefill(runner, sequence, start), full)).toBeLessThan(1e-4);
  });

  it('agree with plain loops for scattered rows over caches of other texts', () => {
    const runner = open();
    const reference = new ReferenceDecoder(name, runner.config);
    const random = seededRandom(name.length);
    const cached = captureRows(runner, whole);
    for (let round = 0; round < 5; round++) {
      const positions = [...range(0, whole.length)].filter(
        (position) => random() < 0.15 || position === whole.length - 1,
      );
      const tokens = positions.map(() => Math.floor(random() * runner.config.vocabSize));
      const [ours, theirs] = [runner.newSequence(130), runner.newSequence(130)];
      for (const sequence of [ours, theirs]) place(runner, sequence, 0, cached);
      const { logits } = runner.step([
        {
          sequence: ours,
          tokens: Int32Array.from(tokens),
          positions: Int32Array.from(positions),
          logits: 'all',
        },
      ]);
      const expected = reference.step(theirs, tokens, positions).flatMap((row) => [...row]);
      expect(maxDifference(logits[0]!, expected)).toBeLessThan(1e-4);
      const head = ({ keys }: SequenceKv, layer: number) =>
        keys[layer]!.subarray(0, whole.length * runner.config.headDim);
      for (const layer of ours.keys.keys())
        expect(maxDifference(head(ours, layer), head(theirs, layer))).toBeLessThan(1e-4);
    }
  });
});

describe('a step', () => {
  it('treats placed keys bit for bit like fresh ones', () => {
    const runner = load('llama-gqa');
    const fresh = runner.newSequence(48);
    prefill(runner, fresh, short);
    const placed = runner.newSequence(48);
    place(runner, placed, 0, captureRows(runner, short));
    expect(placed.keys.map((keys) => [...keys])).toEqual(fresh.keys.map((keys) => [...keys]));
    expect(placed.values.map((values) => [...values])).toEqual(
      fresh.values.map((values) => [...values]),
    );
  });

  it('gives last logits equal to the last of all logits, and none where none are wanted', () => {
    const runner = load('qwen2');
    const all = prefill(runner, runner.newSequence(48), short);
    const last = prefill(runner, runner.newSequence(48), short, 0, 'last');
    expect(maxDifference(last, all.subarray(-runner.config.vocabSize))).toBeLessThan(1e-4);
    expect(prefill(runner, runner.newSequence(48), short, 0, 'none')).toHaveLength(0);
  });

  it('shows each layer and sequence once, and stops after the layer it is told', () => {
    const runner = load('llama-gqa');
    const seen: string[] = [];
    const rows = [5, 9].map((count) => ({
      sequence: runner.newSequence(10),
      tokens: Int32Array.from(short.slice(0, count)),
      positions: range(0, count),
      logits: 'last' as const,
    }));
    const onLayer = ({ layer, sequenceIndex, q, k, v }: LayerRows) =>
      seen.push([layer, sequenceIndex, q.length / 64, k.length / 32, v.length / 32].join(' '));
    const { logits } = runner.step(rows, { onLayer, stopAfterLayer: 2 });
    expect(seen).toEqual(['0 0 5 5 5', '0 1 9 9 9', '1 0 5 5 5', '1 1 9 9 9']);
    expect(logits.map(({ length }) => length)).toEqual([0, 0]);
  });

  it('is cancelled at the next layer border', () => {
    const runner = load('llama-gqa');
    let asked = 0;
    const sequence = runner.newSequence(48);
    const step = () =>
      runner.step(
        [{ sequence, tokens: Int32Array.from(short), positions: range(0, 48), logits: 'last' }],
        {
          isCancelled: () => ++asked === 2,
        },
      );
    expect(step).toThrow(CancelledError);
    expect(asked).toBe(2);
    expect(argmax(prefill(runner, sequence, short, 0, 'last'))).toBe(
      argmax(prefill(runner, runner.newSequence(48), short, 0, 'last')),
    );
  });

  it('refuses positions beyond the capacity and beyond the model', () => {
    const runner = load('llama-gqa');
    expect(() => prefill(runner, runner.newSequence(4), short.slice(0, 5))).toThrow(
      SequenceFullError,
    );
    expect(() => prefill(runner, runner.newSequence(600), [1], 512)).toThrow(
      /longest sequence is 512 tokens/,
    );
    const rows = new Float32Array(2 * 2 * 16);
    expect(() => runner.placeKv(runner.newSequence(4), 0, 3, 2, rows, rows)).toThrow(
      SequenceFullError,
    );
  });

  it('refuses unknown tokens, unsorted positions and released sequences', () => {
    const runner = load('llama-gqa');
    const sequence = runner.newSequence(8);
    const step = (tokens: number[], positions: number[]) => () =>
      runner.step([
        {
          sequence,
          tokens: Int32Array.from(tokens),
          positions: Int32Array.from(positions),
          logits: 'last',
        },
      ]);
    expect(step([320], [0])).toThrow(InvalidStepError);
    expect(step([1, 2], [3, 3])).toThrow(InvalidStepError);
    expect(step([1, 2], [3])).toThrow(InvalidStepError);
    sequence.release();
    expect(step([1], [0])).toThrow(/released/);
  });

  it('reuses released memory without letting old rows through', () => {
    const runner = load('llama-gqa');
    const expected = prefill(runner, runner.newSequence(48), short);
    for (let i = 0; i < 5; i++) {
      const sequence = runner.newSequence(48 + i);
      expect(maxDifference(prefill(runner, sequence, short), expected)).toBeLessThan(1e-4);
      sequence.release();
      sequence.release();
    }
  });
});

describe('int8-row weights', () => {
  it.each(decoderFixtures)('stay close to fp32 on %s', (name) => {
    const exact = load(name);
    const quantised = load(name, 'int8-row');
    const a = prefill(exact, exact.newSequence(48), short);
    const b = prefill(quantised, quantised.newSequence(48), short);
    let [error, power] = [0, 0];
    a.forEach((value, i) => {
      error += (value - b[i]!) ** 2;
      power += value ** 2;
    });
    expect(Math.sqrt(error / power)).toBeLessThan(0.03);
    expect(quantised.fingerprint).not.toBe(exact.fingerprint);
  });

  it('give a token the same keys and values bit for bit in any batch', () => {
    const runner = load('qwen2', 'int8-row');
    const capture = (list: readonly (readonly number[])[], of: number) => {
      const rows: Float32Array[] = [];
      runner.step(
        list.map((tokens) => ({
          sequence: runner.newSequence(300),
          tokens: Int32Array.from(tokens),
          positions: range(0, tokens.length),
          logits: 'none' as const,
        })),
        {
          onLayer: ({ k, v, sequenceIndex }) =>
            sequenceIndex === of && rows.push(k.slice(), v.slice()),
        },
      );
      return rows.map((row) => [...row]);
    };
    const text = short.slice(0, 16);
    expect(capture([long.slice(0, 300), text, short], 1)).toEqual(capture([text], 0));
  });
});
