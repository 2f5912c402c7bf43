/**
 * A linear model that ranks the candidates of one choice: softmax over sums of weights of hashed features,
 * trained by AdaGrad on the log-probability of all right candidates together. Deterministic.
 */

const BITS = 20;
const MASK = (1 << BITS) - 1;

/** FNV-1a. */
export function featureHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}

export function combine(first: number, second: number): number {
  let hash = Math.imul(first ^ (second >>> 15) ^ (second << 7), 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

export interface Choice {
  /** Feature hashes of each candidate. */
  readonly features: readonly (readonly number[])[];
  /** Indices of the right candidates; not empty. */
  readonly right: readonly number[];
}

export class Ranker {
  readonly #weights = new Float32Array(1 << BITS);
  readonly #squares = new Float32Array(1 << BITS);

  /** @param weights pairs of feature and weight */
  static with(weights: Iterable<readonly [number, number]>): Ranker {
    const ranker = new Ranker();
    for (const [feature, weight] of weights) ranker.#weights[feature & MASK] = weight;
    return ranker;
  }

  /** Pairs of feature and weight, those that count. */
  weights(least: number): [number, number][] {
    return [...this.#weights.entries()].filter(([, weight]) => Math.abs(weight) >= least);
  }

  weight(feature: number): number {
    return this.#weights[feature & MASK] as number;
  }

  score(features: readonly number[]): number {
    let sum = 0;
    for (const feature of features) sum += this.#weights[feature & MASK] as number;
    return sum;
  }

  /** Probabilities of the candidates. */
  rank(features: readonly (readonly number[])[]): Float64Array {
    return softmax(features.map((one) => this.score(one)));
  }

  learn(choice: Choice, rate: number, decay: number): void {
    const probabilities = this.rank(choice.features);
    const share = choice.right.reduce((sum, index) => sum + (probabilities[index] as number), 0);
    const right = new Set(choice.right);
    for (const [index, features] of choice.features.entries()) {
      const probability = probabilities[index] as number;
      const target = right.has(index) ? probability / Math.max(share, 1e-12) : 0;
      const gradient = target - probability;
      if (Math.abs(gradient) < 1e-4) continue;
      for (const feature of features) this.#step(feature & MASK, gradient, rate, decay);
    }
  }

  #step(at: number, gradient: number, rate: number, decay: number): void {
    const full = gradient - decay * (this.#weights[at] as number);
    const squares = (this.#squares[at] as number) + full * full;
    this.#squares[at] = squares;
    this.#weights[at] = (this.#weights[at] as number) + (rate * full) / Math.sqrt(squares + 0.1);
  }
}

export function softmax(scores: readonly number[]): Float64Array {
  const top = Math.max(...scores);
  const out = Float64Array.from(scores, (score) => Math.exp(score - top));
  const sum = out.reduce((total, one) => total + one, 0);
  return out.map((one) => one / sum);
}
