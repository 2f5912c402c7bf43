/** Chooses the next token from logits. Deterministic: the same seed and logits give the same tokens. */
import { sumOfExp } from './sum-of-exp.ts';
import type { SamplingOptions } from './types.ts';

export interface SampledToken {
  readonly id: number;
  /** Natural logarithm of the model's own probability (temperature 1, no filter, no penalty). */
  readonly logProbability: number;
}

export interface Sampler {
  /** `logits` [vocab] are not changed; `history` are the ids that the repetition penalty counts. */
  next(logits: Float32Array, history: Iterable<number>): SampledToken;
}

export const greedySampling: SamplingOptions = {
  temperature: 0,
  topP: 1,
  topK: 0,
  minP: 0,
  seed: 0,
  repetitionPenalty: 1,
};

/** `topK` 0, `topP` 1 and `minP` 0 filter nothing. Throws RangeError for values that make no sense. */
export function createSampler(options: SamplingOptions): Sampler {
  checkOptions(options);
  const random = seededUniform(options.seed);
  return {
    next(logits, history) {
      const penalised = penalise(logits, history, options.repetitionPenalty);
      const id = options.temperature === 0 ? argmax(penalised) : draw(penalised, options, random());
      return { id, logProbability: logits[id]! - logSumExp(logits) };
    },
  };
}

function checkOptions(options: SamplingOptions): void {
  const { temperature, topP, topK, minP, seed, repetitionPenalty } = options;
  if (!(temperature >= 0 && temperature < Infinity))
    throw new RangeError(`temperature is ${temperature}`);
  if (!(topP > 0 && topP <= 1)) throw new RangeError(`topP should be in (0, 1], but is ${topP}`);
  if (!(Number.isSafeInteger(topK) && topK >= 0))
    throw new RangeError(`topK should be a count, but is ${topK}`);
  if (!(minP >= 0 && minP <= 1)) throw new RangeError(`minP should be in [0, 1], but is ${minP}`);
  if (!Number.isSafeInteger(seed))
    throw new RangeError(`seed should be a whole number, but is ${seed}`);
  if (!(repetitionPenalty > 0))
    throw new RangeError(`repetitionPenalty should be positive: ${repetitionPenalty}`);
}

/** Keskar et al. 2019 (arXiv:1909.05858), in the form of transformers: each seen id once. */
function penalise(logits: Float32Array, history: Iterable<number>, penalty: number): Float32Array {
  if (penalty === 1) return logits;
  const out = logits.slice();
  for (const id of new Set(history)) {
    const logit = out[id];
    if (logit !== undefined) out[id] = logit > 0 ? logit / penalty : logit * penalty;
  }
  return out;
}

/**
 * Temperature, then the best `topK`, then the smallest set of best tokens that holds `topP`, then those of at least
 * `minP` (Nguyen et al. 2024, arXiv:2407.01082): the order of transformers.
 */
function draw(
  logits: Float32Array,
  { temperature, topK, topP, minP }: SamplingOptions,
  uniform: number,
): number {
  const most = logits[argmax(logits)]!;
  const weight = (id: number) => Math.exp((logits[id]! - most) / temperature);
  const all = sumOfExp(logits, most, temperature);
  if (topK === 0 && topP === 1 && minP === 0)
    return pick(logits.length, (i) => i, weight, uniform * all);
  const best = bestIds(logits, most, temperature, topK, topP * all);
  const weights = best.map(weight);
  const mass = topK > 0 ? sum(weights) : all;
  const likely = topP < 1 ? countUpTo(weights, topP * mass) : best.length;
  const kept = countAtLeast(weights, minP, likely);
  return pick(kept, (i) => best[i]!, weight, uniform * sum(weights.slice(0, kept)));
}

/** The candidate in whose share of the summed weights `target` falls. */
function pick(
  count: number,
  idOf: (i: number) => number,
  weight: (id: number) => number,
  target: number,
): number {
  let left = target;
  for (let i = 0; i < count; i++) {
    left -= weight(idOf(i));
    if (left < 0) return idOf(i);
  }
  return idOf(count - 1); // rounding
}

/**
 * Ids in falling order of logit, ties in rising order of id: exactly the best `topK`, or at least as many
 * as hold `mass`. Sorts only what lies near the best logit, unless that turns out to be too little.
 */
function bestIds(
  logits: Float32Array,
  most: number,
  temperature: number,
  topK: number,
  mass: number,
): number[] {
  for (let reach = 2; ; reach = reach < 1000 ? reach * 2 : Infinity) {
    const ids: number[] = [];
    let covered = 0;
    for (let id = 0; id < logits.length; id++) {
      if (logits[id]! < most - reach * temperature) continue;
      ids.push(id);
      covered += Math.exp((logits[id]! - most) / temperature);
    }
    const isEnough = topK > 0 ? ids.length >= topK : covered >= mass;
    if (!isEnough && reach < Infinity) continue;
    ids.sort((a, b) => logits[b]! - logits[a]! || a - b);
    return topK > 0 ? ids.slice(0, topK) : ids;
  }
}

/** How many leading weights it takes to reach `target`; at least one. */
function countUpTo(weights: readonly number[], target: number): number {
  let mass = 0;
  for (let i = 0; i < weights.length; i++) {
    mass += weights[i]!;
    if (mass >= target) return i + 1;
  }
  return weights.length;
}

/** How many of the first `most` falling weights are at least `share` of the first; at least one. */
function countAtLeast(weights: readonly number[], share: number, most: number): number {
  let count = 1;
  while (count < most && weights[count]! >= share * weights[0]!) count++;
  return count;
}

/** The likeliest tokens with their natural logarithms of probability, falling; ties in rising order of id. */
export function topLogProbabilities(logits: Float32Array, count: number): SampledToken[] {
  if (count <= 0) return [];
  const total = logSumExp(logits);
  const best: number[] = [];
  for (let id = 0; id < logits.length; id++) {
    if (best.length === count && logits[id]! <= logits[best.at(-1)!]!) continue;
    const at = best.findIndex((other) => logits[id]! > logits[other]!);
    best.splice(at < 0 ? best.length : at, 0, id);
    if (best.length > count) best.pop();
  }
  return best.map((id) => ({ id, logProbability: logits[id]! - total }));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function argmax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

function logSumExp(logits: Float32Array): number {
  const most = logits[argmax(logits)]!;
  return most + Math.log(sumOfExp(logits, most, 1));
}

/** mulberry32: uniform numbers in [0, 1) from a 32-bit state. */
function seededUniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
