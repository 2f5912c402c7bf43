import { describe, expect, it } from 'vitest';
import {
  decoderFixtures,
  decoderLoader,
  type DecoderGolden,
  maxDifference,
  prefill,
  readFixtureJson,
  seededRandom,
} from './support/fixtures.ts';

const load = decoderLoader();
const { short } = readFixtureJson<DecoderGolden>('llama-gqa', 'golden.json');
const evicted = Int32Array.of(3, 4, 9);

describe.each(decoderFixtures)('rows hidden in %s', (name) => {
  const runner = load(name);
  const { kvHeads, headDim } = runner.config;

  /** Logits of tokens 12 and later behind twelve cached ones; `noise` fills the rows 3, 4 and 9. */
  function run(hidden: Int32Array, noise: number): Float32Array {
    const sequence = runner.newSequence(40);
    prefill(runner, sequence, short.slice(0, 12));
    const random = seededRandom(noise);
    for (const part of [...sequence.keys, ...sequence.values]) {
      for (const position of evicted) {
        for (let head = 0; head < kvHeads; head++) {
          const at = (head * sequence.capacity + position) * headDim;
          for (let d = 0; d < headDim; d++) part[at + d] = random() * 4;
        }
      }
    }
    sequence.hide(hidden);
    return prefill(runner, sequence, short.slice(12, 30), 12);
  }

  it('change nothing, whatever they hold', () => {
    expect(run(evicted, 1)).toEqual(run(evicted, 2));
    expect(maxDifference(run(new Int32Array(0), 1), run(new Int32Array(0), 2))).toBeGreaterThan(
      1e-3,
    );
  });

  it('at the start leave the same as a sequence without them: only distances count', () => {
    const withHidden = runner.newSequence(40);
    withHidden.hide(Int32Array.of(0, 1, 2, 3, 4));
    for (const part of [...withHidden.keys, ...withHidden.values]) part.fill(0);
    const shifted = prefill(runner, withHidden, short.slice(0, 10), 5);
    const plain = prefill(runner, runner.newSequence(40), short.slice(0, 10));
    expect(maxDifference(shifted, plain)).toBeLessThan(1e-3);
  });

  it('are seen again once a step has written them', () => {
    const whole = prefill(runner, runner.newSequence(40), short.slice(0, 30));
    const sequence = runner.newSequence(40);
    sequence.hide(Int32Array.of(5, 6));
    const again = prefill(runner, sequence, short.slice(0, 30));
    expect(again).toEqual(whole);
    expect([...sequence.hidden]).toEqual([]);
  });

  it('are forgotten when a sequence is given back', () => {
    const sequence = runner.newSequence(40);
    sequence.hide(evicted);
    sequence.release();
    expect([...sequence.hidden]).toEqual([]);
  });
});
