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

/** What the stored KV of a chunk has to look like. */
export interface KvLayout {
  readonly shape: KvShape;
  readonly codec: string;
  readonly blockBytes: number;
}

export function fitsLayout(kv: EncodedKv, { shape, codec, blockBytes }: KvLayout): boolean {
  return (
    kv.codec === codec &&
    kv.shape.layers === shape.layers &&
    kv.shape.kvHeads === shape.kvHeads &&
    kv.shape.headDim === shape.headDim &&
    kv.shape.tokens === shape.tokens &&
    kv.blocks.length === shape.layers &&
    kv.blocks.every((block) => block.byteLength === blockBytes)
  );
}
