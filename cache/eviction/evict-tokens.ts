/** Eviction of tokens inside a chunk, before it is encoded: rows that no question is likely to need are left out. */
import { floatsPerPart, type KvShape } from '../chunk-kv.ts';
import type { KvCodec } from '../codecs/index.ts';
import { addKeyDifference, mostImportant } from '../codecs/importance.ts';

export function keptTokens({ keep }: KvCodec, tokens: number): number {
  return keep === 1 ? tokens : Math.max(1, Math.ceil(tokens * keep));
}

interface LayerRows {
  readonly keys: readonly Float32Array[];
  readonly values: readonly Float32Array[];
}

/** The same tokens are evicted in all layers: the sum of their scores decides. `kept` is absent if all stay. */
export function evict(
  rows: LayerRows,
  shape: KvShape,
  codec: KvCodec,
): LayerRows & { readonly kept?: readonly number[] } {
  const count = keptTokens(codec, shape.tokens);
  if (count === shape.tokens && codec.keep === 1) return rows;
  const score = new Float64Array(shape.tokens);
  for (const keys of rows.keys) addKeyDifference(keys, shape, score);
  const kept = [...mostImportant(score, count)];
  const gather = (part: Float32Array): Float32Array => gathered(part, kept, shape);
  return { kept, keys: rows.keys.map(gather), values: rows.values.map(gather) };
}

/** Rows of the kept tokens, [kvHeads][kept][headDim]. */
function gathered(part: Float32Array, kept: readonly number[], shape: KvShape): Float32Array {
  const target = new Float32Array(shape.kvHeads * kept.length * shape.headDim);
  forKept(kept, shape, (packed, full) => {
    target.set(part.subarray(full, full + shape.headDim), packed);
  });
  return target;
}

/** The inverse of gathering, zeros where nothing was kept: [kvHeads][tokens][headDim]. */
export function spread(part: Float32Array, kept: readonly number[], shape: KvShape): Float32Array {
  const target = new Float32Array(floatsPerPart(shape));
  forKept(kept, shape, (packed, full) => {
    target.set(part.subarray(packed, packed + shape.headDim), full);
  });
  return target;
}

/** Calls with the offsets of each kept row, packed and in full. */
function forKept(
  kept: readonly number[],
  { kvHeads, tokens, headDim }: KvShape,
  use: (packed: number, full: number) => void,
): void {
  for (let head = 0; head < kvHeads; head++) {
    kept.forEach((token, i) => {
      use((head * kept.length + i) * headDim, (head * tokens + token) * headDim);
    });
  }
}

/** Positions of a chunk at `start` whose tokens were evicted. */
export function evictedPositions(
  kept: readonly number[],
  start: number,
  tokens: number,
): Int32Array {
  const isKept = new Uint8Array(tokens);
  for (const token of kept) isKept[token] = 1;
  const positions: number[] = [];
  for (let token = 0; token < tokens; token++) if (!isKept[token]) positions.push(start + token);
  return Int32Array.from(positions);
}
