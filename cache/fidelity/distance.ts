/** How far one next-token distribution is from another. */

/** KL(softmax(reference) || softmax(other)) in nats. */
export function divergence(reference: Float32Array, other: Float32Array): number {
  const [p, q] = [logSoftmax(reference), logSoftmax(other)];
  let sum = 0;
  for (let i = 0; i < p.length; i++) {
    const chance = Math.exp(p[i]!);
    // 0 * log 0 is 0; a finite model gives every token some chance, rounding may not.
    if (chance > 0) sum += chance * (p[i]! - q[i]!);
  }
  return Math.max(0, sum);
}

export function argmax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

function logSoftmax(logits: Float32Array): Float64Array {
  let most = Number.NEGATIVE_INFINITY;
  for (const value of logits) most = Math.max(most, value);
  let sum = 0;
  for (const value of logits) sum += Math.exp(value - most);
  const logSum = most + Math.log(sum);
  return Float64Array.from(logits, (value) => value - logSum);
}
