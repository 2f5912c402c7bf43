import { describe, expect, it } from 'vitest';
import {
  argmax,
  type DecoderGolden,
  decoderFixtures,
  decoderLoader,
  familyFixtures,
  maxDifference,
  prefill,
  readFixtureJson,
  readGoldenLogits,
} from './support/fixtures.ts';

const load = decoderLoader();

describe.each([...decoderFixtures, ...familyFixtures])('%s against transformers', (name) => {
  const golden = readFixtureJson<DecoderGolden>(name, 'golden.json');
  const logits = readGoldenLogits(name);

  it('gives the same logits at every position', () => {
    const runner = load(name);
    const got = prefill(runner, runner.newSequence(64), golden.short);
    expect(maxDifference(got, logits['short']!)).toBeLessThan(1e-4);
  });

  it('gives the same logits for a text that is longer than every window', () => {
    const runner = load(name, 'fp32', golden.long.length);
    const got = prefill(runner, runner.newSequence(400), golden.long);
    expect(maxDifference(got.subarray(-logits['long']!.length), logits['long']!)).toBeLessThan(
      1e-4,
    );
  });

  it('continues greedily with the same tokens', () => {
    const runner = load(name);
    const sequence = runner.newSequence(32);
    let next = argmax(prefill(runner, sequence, golden.short.slice(0, 8), 0, 'last'));
    for (const [i, expected] of golden.greedy.entries()) {
      if (golden.gaps[i]! >= 1e-3) expect(next).toBe(expected);
      next = argmax(prefill(runner, sequence, [expected], 8 + i, 'last'));
    }
  });
});
