/** Codecs that keep floats as floats. */
import { floatsPerPart } from '../chunk-kv.ts';
import { halfFromFloat, halfToFloat, isFiniteHalf } from './half.ts';
import type { LayerCodec } from './types.ts';

export const fp32: LayerCodec = {
  bytes: (shape) => shape.kvHeads * shape.tokens * shape.headDim * 8,
  encode: (keys, values) => {
    if (!keys.every(Number.isFinite) || !values.every(Number.isFinite)) return undefined;
    const floats = new Float32Array(keys.length + values.length);
    floats.set(keys);
    floats.set(values, keys.length);
    return new Uint8Array(floats.buffer);
  },
  decode: (bytes, _shape, keys, values) => {
    const { buffer, byteOffset } = aligned(bytes, 4);
    keys.set(new Float32Array(buffer, byteOffset, keys.length));
    values.set(new Float32Array(buffer, byteOffset + keys.byteLength, values.length));
  },
};

export const fp16: LayerCodec = {
  bytes: (shape) => shape.kvHeads * shape.tokens * shape.headDim * 4,
  encode: (keys, values) => {
    const halves = new Uint16Array(keys.length + values.length);
    halfFromFloat(keys, halves);
    halfFromFloat(values, halves.subarray(keys.length));
    return halves.every(isFiniteHalf) ? new Uint8Array(halves.buffer) : undefined;
  },
  decode: (bytes, _shape, keys, values) => {
    const halves = halvesOf(bytes, keys.length);
    halfToFloat(halves.keys, keys);
    halfToFloat(halves.values, values);
  },
  halves: (bytes, shape) => halvesOf(bytes, floatsPerPart(shape)),
};

function halvesOf(bytes: Uint8Array, count: number): { keys: Uint16Array; values: Uint16Array } {
  const { buffer, byteOffset } = aligned(bytes, 2);
  return {
    keys: new Uint16Array(buffer, byteOffset, count),
    values: new Uint16Array(buffer, byteOffset + count * 2, count),
  };
}

/** `bytes` itself, or a copy if a typed array of wider elements cannot start there. */
export function aligned(bytes: Uint8Array, width: number): Uint8Array {
  return bytes.byteOffset % width === 0 ? bytes : bytes.slice();
}
