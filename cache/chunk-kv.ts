/** Keys (before RoPE) and values of one chunk, as they go in and out of the store. */

export interface KvShape {
  readonly layers: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly tokens: number;
}

/** Encoded rows: block l holds layer l's keys and values of the kept tokens, as the codec lays them out. */
export interface EncodedKv {
  /** Of the chunk: `tokens` counts evicted ones too. */
  readonly shape: KvShape;
  readonly codec: string;
  /** Tokens that have rows, ascending; absent if all have. */
  readonly kept?: readonly number[];
  readonly blocks: readonly Uint8Array[];
}

/** Encoded rows that come layer by layer. */
export interface LayeredKv {
  readonly shape: KvShape;
  readonly codec: string;
  readonly kept?: readonly number[] | undefined;
  /** One a layer. */
  readonly blockBytes: readonly number[];
  /** When the layer has come; undefined if it is there. */
  arrival(layer: number): Promise<void> | undefined;
  /** Encoded rows of a layer that has come; undefined if it is damaged: then no layer is worth anything. */
  layer(index: number): Uint8Array | undefined;
  /** No more layers will be asked for. */
  close(): void;
}

export function layersOf({ shape, codec, kept, blocks }: EncodedKv): LayeredKv {
  return {
    shape,
    codec,
    kept,
    blockBytes: blocks.map(({ byteLength }) => byteLength),
    arrival: () => undefined,
    layer: (index) => blocks[index],
    close: () => undefined,
  };
}

/** Floats in the keys (or in the values) of one layer. */
export function floatsPerPart(shape: KvShape): number {
  return shape.kvHeads * shape.tokens * shape.headDim;
}

/**
 * What computing a chunk again costs, in units of one token's linear layers: attention grows with the tokens before, and
 * starting a step costs as much as some thirty rows.
 */
export function recomputeCost({ tokens }: KvShape): number {
  return 30 + tokens * (1 + tokens / 8192);
}

export function encodedBytes(kv: EncodedKv): number {
  return kv.blocks.reduce((sum, block) => sum + block.byteLength, 0);
}

/** What the stored KV of a chunk has to look like. */
export interface KvLayout {
  readonly shape: KvShape;
  readonly codec: string;
  readonly keptTokens: number;
  readonly blockBytes: number;
}

export function fitsLayout(
  kv: Pick<LayeredKv, 'shape' | 'codec' | 'kept' | 'blockBytes'>,
  { shape, codec, keptTokens, blockBytes }: KvLayout,
): boolean {
  return (
    kv.codec === codec &&
    fitsTokens(kv.kept, shape.tokens, keptTokens) &&
    kv.shape.layers === shape.layers &&
    kv.shape.kvHeads === shape.kvHeads &&
    kv.shape.headDim === shape.headDim &&
    kv.shape.tokens === shape.tokens &&
    kv.blockBytes.length === shape.layers &&
    kv.blockBytes.every((bytes) => bytes === blockBytes)
  );
}

/** Ascending tokens of the chunk, as many as the codec keeps; all are kept if there is no list. */
function fitsTokens(
  kept: readonly number[] | undefined,
  tokens: number,
  keptTokens: number,
): boolean {
  if (!kept) return keptTokens === tokens;
  return (
    kept.length === keptTokens &&
    kept.every(
      (token, i) => Number.isInteger(token) && token > (kept[i - 1] ?? -1) && token < tokens,
    )
  );
}
