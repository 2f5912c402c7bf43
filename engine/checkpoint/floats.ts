/** The three float formats of checkpoints, and their exact conversion to float32. */

export type FloatType = 'F32' | 'F16' | 'BF16';

export const floatBytes: Readonly<Record<FloatType, number>> = { F32: 4, F16: 2, BF16: 2 };

export function isFloatType(dtype: string): dtype is FloatType {
  return Object.hasOwn(floatBytes, dtype);
}

/** Little-endian `bytes` of `dtype` as float32; a view of the same memory where that is possible. */
export function toFloat32(bytes: Uint8Array, dtype: FloatType): Float32Array {
  const count = bytes.byteLength / floatBytes[dtype];
  if (dtype === 'F32') {
    const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
    return new Float32Array(aligned.buffer, aligned.byteOffset, count);
  }
  const aligned = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  const source = new Uint16Array(aligned.buffer, aligned.byteOffset, count);
  return dtype === 'BF16' ? fromBFloat16(source) : fromFloat16(source);
}

function fromBFloat16(source: Uint16Array): Float32Array {
  const out = new Uint32Array(source.length);
  for (let i = 0; i < source.length; i++) out[i] = source[i]! << 16;
  return new Float32Array(out.buffer);
}

function fromFloat16(source: Uint16Array): Float32Array {
  const out = new Float32Array(source.length);
  for (let i = 0; i < source.length; i++) out[i] = float16Table()[source[i]!]!;
  return out;
}

let table: Float32Array | undefined;

/** All 65536 values of float16: 256 KiB, made at the first use. */
function float16Table(): Float32Array {
  if (table) return table;
  table = new Float32Array(65536);
  for (let bits = 0; bits < 65536; bits++) table[bits] = float16(bits);
  return table;
}

function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
