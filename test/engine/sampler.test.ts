import { describe, expect, it } from 'vitest';
import {
  createSampler,
  greedySampling,
  topLogProbabilities,
  type SamplingOptions,
} from '../../engine/index.ts';
import { sumOfExp } from '../../engine/sum-of-exp.ts';
import { seededRandom } from './support/fixtures.ts';

const logits = Float32Array.from([1, 3, 2, -1, 0]);

function sampler(options: Partial<SamplingOptions>) {
  return createSampler({ ...greedySampling, temperature: 1, ...options });
}

function frequencies(options: Partial<SamplingOptions>, draws = 20_000): number[] {
  const source = sampler(options);
  const counts = new Array<number>(logits.length).fill(0);
  for (let i = 0; i < draws; i++) counts[source.next(logits, []).id]!++;
  return counts.map((count) => count / draws);
}

function softmax(values: readonly number[], temperature = 1): number[] {
  const weights = values.map((value) => Math.exp(value / temperature));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

function expectClose(got: readonly number[], expected: readonly number[]): void {
  got.forEach((value, i) => expect(Math.abs(value - expected[i]!)).toBeLessThan(0.015));
}

describe('the sampler', () => {
  it('takes the best token when greedy, and tells its log-probability', () => {
    const { id, logProbability } = createSampler(greedySampling).next(logits, []);
    expect(id).toBe(1);
    expect(logProbability).toBeCloseTo(Math.log(softmax([...logits])[1]!), 6);
  });

  it('draws with the probabilities of the softmax at its temperature', () => {
    expectClose(frequencies({ temperature: 1 }), softmax([...logits]));
    expectClose(frequencies({ temperature: 2 }), softmax([...logits], 2));
  });

  it('draws only from the best k tokens', () => {
    const [a, b] = softmax([3, 2]);
    expectClose(frequencies({ topK: 2 }), [0, a!, b!, 0, 0]);
    expect(frequencies({ topK: 1 })).toEqual([0, 1, 0, 0, 0]);
    expectClose(frequencies({ topK: 99 }), softmax([...logits]));
  });

  it('draws only from the smallest set of tokens that holds p', () => {
    const [a, b] = softmax([3, 2]); // .64 and .24 of all
    expectClose(frequencies({ topP: 0.8 }), [0, a!, b!, 0, 0]);
    expect(frequencies({ topP: 0.5 })).toEqual([0, 1, 0, 0, 0]);
    expectClose(frequencies({ topP: 0.9999999 }), softmax([...logits]));
  });

  it('draws only tokens of at least a share of the likeliest', () => {
    const [a, b] = softmax([3, 2]); // the next has .14 of the likeliest's probability
    expectClose(frequencies({ minP: 0.2 }), [0, a!, b!, 0, 0]);
    expect(frequencies({ minP: 1 })).toEqual([0, 1, 0, 0, 0]);
    expectClose(frequencies({ minP: 0.2, topK: 1 }), [0, 1, 0, 0, 0]);
    expectClose(frequencies({ minP: 1e-9, topP: 0.8 }), [0, a!, b!, 0, 0]);
  });

  it('tells the likeliest tokens with their log-probabilities', () => {
    const expected = softmax([...logits]);
    const top = topLogProbabilities(Float32Array.from([...logits, 3]), 3);
    expect(top.map(({ id }) => id)).toEqual([1, 5, 2]);
    topLogProbabilities(logits, 9).forEach(({ id, logProbability }, i) => {
      expect(id).toBe([1, 2, 0, 4, 3][i]);
      expect(logProbability).toBeCloseTo(Math.log(expected[id]!), 5);
    });
    expect(topLogProbabilities(logits, 0)).toEqual([]);
  });

  it('sums exponentials as Math.exp does, also of logits of minus infinity', () => {
    const random = seededRandom(5);
    for (const temperature of [0.3, 1, 4]) {
      const values = Float32Array.from({ length: 5000 }, () => 30 * (random() - 0.5));
      values[7] = -Infinity;
      const most = values.reduce((a, b) => Math.max(a, b));
      const expected = values.reduce((sum, each) => sum + Math.exp((each - most) / temperature), 0);
      expect(sumOfExp(values, most, temperature) / expected).toBeCloseTo(1, 9);
    }
  });

  it('penalises tokens that were seen, whatever their sign', () => {
    const seen = sampler({ temperature: 0, repetitionPenalty: 2 });
    expect(seen.next(logits, [1]).id).toBe(2);
    expect(seen.next(Float32Array.from([-1, -1.5]), [0]).id).toBe(1);
    expect(logits[1]).toBe(3);
  });

  it('gives the same tokens for the same seed, and others for another', () => {
    const draw = (seed: number) => {
      const source = sampler({ seed, temperature: 3 });
      return Array.from({ length: 50 }, () => source.next(logits, []).id).join('');
    };
    expect(draw(7)).toBe(draw(7));
    expect(draw(7)).not.toBe(draw(8));
  });

  it('reports the log-probability of the model, not of the filtered distribution', () => {
    const { id, logProbability } = sampler({ topK: 1, temperature: 0.1 }).next(logits, []);
    expect(logProbability).toBeCloseTo(Math.log(softmax([...logits])[id]!), 6);
  });

  it('copes with logits of minus infinity', () => {
    const masked = Float32Array.from([-Infinity, 0, -Infinity]);
    expect(sampler({ topK: 3 }).next(masked, []).id).toBe(1);
    expect(sampler({ topP: 0.9 }).next(masked, []).id).toBe(1);
    expect(sampler({}).next(masked, []).id).toBe(1);
  });

  it('refuses options that make no sense', () => {
    for (const options of [
      { temperature: -1 },
      { topP: 0 },
      { minP: 2 },
      { topK: 1.5 },
      { repetitionPenalty: 0 },
      { seed: 0.5 },
    ]) {
      expect(() => sampler(options)).toThrow(RangeError);
    }
  });
});
