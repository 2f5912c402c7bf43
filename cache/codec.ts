/** How floats of a KV block become bytes. A codec's name is part of every cache key. */
import { halfFromFloat, halfToFloat, isFiniteHalf } from './half.ts';

export interface KvCodec {
  readonly name: 'fp32' | 'fp16';
  readonly bytesPerFloat: number;
  /** Undefined if the codec cannot hold one of the numbers: a NaN, or one out of its range. */
  encode(source: Float32Array): Uint8Array | undefined;
  /** `target.length` floats are read from the start of `bytes`. */
  decode(bytes: Uint8Array, target: Float32Array): void;
}

const fp32: KvCodec = {
  name: 'fp32',
  bytesPerFloat: 4,
  encode: (source) =>
    source.every(Number.isFinite) ? new Uint8Array(source.slice().buffer) : undefined,
  decode: (bytes, target) => {
    const { buffer, byteOffset } = aligned(bytes, 4);
    target.set(new Float32Array(buffer, byteOffset, target.length));
  },
};

const fp16: KvCodec = {
  name: 'fp16',
  bytesPerFloat: 2,
  encode: (source) => {
    const halves = new Uint16Array(source.length);
    halfFromFloat(source, halves);
    return halves.every(isFiniteHalf) ? new Uint8Array(halves.buffer) : undefined;
  },
  decode: (bytes, target) => {
    const { buffer, byteOffset } = aligned(bytes, 2);
    halfToFloat(new Uint16Array(buffer, byteOffset, target.length), target);
  },
};

const codecs: Readonly<Record<KvCodec['name'], KvCodec>> = { fp32, fp16 };

export type KvCodecName = KvCodec['name'];

export function kvCodec(name: KvCodecName): KvCodec {
  return codecs[name];
}

/** `bytes` itself, or a copy if a typed array of wider elements cannot start there. */
function aligned(bytes: Uint8Array, width: number): Uint8Array {
  return bytes.byteOffset % width === 0 ? bytes : bytes.slice();
}
