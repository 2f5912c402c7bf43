/**
 * KV of a chunk that was computed with another chunk in front of it: [prefix][context][chunk], the chunk's rows kept.
 * Where the context stands before the chunk in a prompt, these rows know already what it says.
 */
import { createHash } from 'node:crypto';
import type { DecoderRunner } from '../../engine/index.ts';
import type { RawKv } from '../chunk-encoder.ts';

/** What goes into the key of KV that was computed behind `contextIds`: see ChunkKvIdentity.variant. */
export function behindVariant(contextIds: Int32Array): string {
  const bytes = new Uint8Array(contextIds.slice().buffer);
  return `behind:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** The tokens that have to be computed together. */
export function behindTokens(contextIds: Int32Array, chunkIds: Int32Array): Int32Array {
  return Int32Array.of(...contextIds, ...chunkIds);
}

/** Of rows that were computed together, those from `start` on. */
export function rowsFrom(runner: DecoderRunner, raw: RawKv, start: number): RawKv {
  const { kvHeads, headDim } = runner.config;
  const count = raw.count - start;
  const cut = (part: Float32Array): Float32Array => {
    const target = new Float32Array(kvHeads * count * headDim);
    for (let head = 0; head < kvHeads; head++) {
      const from = (head * raw.count + start) * headDim;
      target.set(part.subarray(from, from + count * headDim), head * count * headDim);
    }
    return target;
  };
  return { count, keys: raw.keys.map(cut), values: raw.values.map(cut) };
}
