/** How floats of a KV block become bytes. A codec's name is part of every cache key. */
import { halfFromFloat, halfToFloat } from './half.ts';

export interface KvCodec {
  readonly name: 'fp32' | 'fp16';
  readonly bytesPerFloat: number;
  encode(source: Float32Array): Uint8Array;
  /** `target.length` floats are read from the start of `bytes`. */
  decode(bytes: Uint8Array, target: Float32Array): void;
}

const fp32: KvCodec = {
  name: 'fp32',
  bytesPerFloat: 4,
  encode: (source) => new Uint8Array(new Float32Array(source).buffer),
  decode: (bytes, target) => target.set(new Float32Array(aligned(bytes, 4), 0, target.length)),
};

const fp16: KvCodec = {
  name: 'fp16',
  bytesPerFloat: 2,
  encode: (source) => {
    const halves = new Uint16Array(source.length);
    halfFromFloat(source, halves);
    return new Uint8Array(halves.buffer);
  },
  decode: (bytes, target) => halfToFloat(halvesOf(bytes, target.length), target),
};

const codecs: Readonly<Record<KvCodec['name'], KvCodec>> = { fp32, fp16 };

export type KvCodecName = KvCodec['name'];

export function kvCodec(name: KvCodecName): KvCodec {
  return codecs[name];
}

function halvesOf(bytes: Uint8Array, length: number): Uint16Array {
  return bytes.byteOffset % 2 === 0
    ? new Uint16Array(bytes.buffer, bytes.byteOffset, length)
    : new Uint16Array(aligned(bytes, 2), 0, length);
}

/** A copy that starts at an address a typed array of wider elements can use. */
function aligned(bytes: Uint8Array, width: number): ArrayBuffer {
  const copy = new Uint8Array(Math.ceil(bytes.length / width) * width);
  copy.set(bytes);
  return copy.buffer;
}
