/** How floats of a chunk's KV become bytes. A codec's name is part of every cache key. */
import type { KvShape } from '../chunk-kv.ts';

export const KV_CODECS = [
  'fp32',
  'fp16',
  'int8',
  'int4',
  'int2',
  'mixed',
  'int8-keep50',
  'int4-keep50',
] as const;

export type KvCodecName = (typeof KV_CODECS)[number];

/** Works on one layer: keys (before RoPE) and values, each [kvHeads][tokens][headDim]. */
export interface LayerCodec {
  /** Bytes of an encoded layer: depends on the shape only. */
  bytes(shape: KvShape): number;
  /** Undefined if the codec cannot hold one of the numbers: a NaN, or one out of its range. */
  encode(keys: Float32Array, values: Float32Array, shape: KvShape): Uint8Array | undefined;
  /** Fills `keys` and `values` whole. */
  decode(bytes: Uint8Array, shape: KvShape, keys: Float32Array, values: Float32Array): void;
  /** The same without a copy, where the numbers are stored as halves. */
  halves?(bytes: Uint8Array, shape: KvShape): { keys: Uint16Array; values: Uint16Array };
}

export interface KvCodec {
  readonly name: KvCodecName;
  readonly layer: LayerCodec;
  /** Share of a chunk's tokens whose rows are kept; the others are evicted before encoding. */
  readonly keep: number;
}
