/** Keys (before RoPE) and values of one chunk, as they go in and out of the store. */

export interface KvShape {
  readonly layers: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly tokens: number;
}

/** Encoded rows: block l holds the keys of layer l, then its values, each [kvHeads][tokens][headDim]. */
export interface EncodedKv {
  readonly shape: KvShape;
  readonly codec: string;
  readonly blocks: readonly Uint8Array[];
}

/** Floats in the keys (or in the values) of one layer. */
export function floatsPerPart(shape: KvShape): number {
  return shape.kvHeads * shape.tokens * shape.headDim;
}

export function encodedBytes(kv: EncodedKv): number {
  return kv.blocks.reduce((sum, block) => sum + block.byteLength, 0);
}

export function sameShape(a: KvShape, b: KvShape): boolean {
  return (
    a.layers === b.layers &&
    a.kvHeads === b.kvHeads &&
    a.headDim === b.headDim &&
    a.tokens === b.tokens
  );
}
