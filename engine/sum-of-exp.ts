/**
 * Sums of exponentials over a vocabulary. With `Math.exp` they take several milliseconds a token, as long as some layers;
 * by a table of powers and a short series, a tenth of that.
 */

/** Steps of the table per unit of x. */
const STEPS = 512;
/** exp(-40) times a whole vocabulary is less than 1e-12. */
const RANGE = 40;

/** exp(-i / STEPS) */
const powers = Float64Array.from({ length: RANGE * STEPS + 2 }, (_, i) => Math.exp(-i / STEPS));

/** The sum of exp((value - most) / temperature), no value being above `most`. Relative error below 1e-9. */
export function sumOfExp(values: Float32Array, most: number, temperature: number): number {
  const scale = STEPS / temperature;
  const limit = RANGE * STEPS;
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    const below = (most - values[i]!) * scale;
    if (!(below < limit)) continue;
    const step = Math.floor(below);
    const rest = (step - below) / STEPS; // in (-1 / STEPS, 0]
    total += powers[step]! * (1 + rest + 0.5 * rest * rest);
  }
  return total;
}
