/**
 * Computes the KV of chunks behind the shared prefix, several chunks in one step, and gives it encoded.
 * Every chunk sees the prefix and itself only, at positions that start right behind the prefix.
 */
import type { DecoderRunner, LayerRows, SequenceKv } from '../engine/index.ts';
import { floatsPerPart, type EncodedKv, type KvLayout, type KvShape } from './chunk-kv.ts';
import type { KvCodec } from './codecs/index.ts';
import { evict, evictedPositions, keptTokens, spread } from './eviction/evict-tokens.ts';

/** Keys before RoPE and values of consecutive rows: per layer [kvHeads][count][headDim]. */
export interface RawKv {
  readonly keys: readonly Float32Array[];
  readonly values: readonly Float32Array[];
  readonly count: number;
}

export function kvShape(runner: DecoderRunner, tokens: number): KvShape {
  const { layers, kvHeads, headDim } = runner.config;
  return { layers, kvHeads, headDim, tokens };
}

export function kvLayout(runner: DecoderRunner, tokens: number, codec: KvCodec): KvLayout {
  const shape = kvShape(runner, tokens);
  const kept = keptTokens(codec, tokens);
  const blockBytes = codec.layer.bytes({ ...shape, tokens: kept });
  return { shape, codec: codec.name, keptTokens: kept, blockBytes };
}

/** Stored bytes per token in a chunk of usual length; short chunks share their ranges among fewer tokens. */
export function bytesPerToken(runner: DecoderRunner, codec: KvCodec): number {
  const tokens = 256;
  return (kvLayout(runner, tokens, codec).blockBytes * runner.config.layers) / tokens;
}

/** Runs the prefix alone. */
export function computePrefix(runner: DecoderRunner, prefixIds: Int32Array): RawKv {
  const sequence = runner.newSequence(prefixIds.length);
  try {
    return capture(runner, [{ sequence, tokens: prefixIds, start: 0 }])[0]!;
  } finally {
    sequence.release();
  }
}

/** Writes raw rows into a sequence at `position`. */
export function placeRaw(
  runner: DecoderRunner,
  sequence: SequenceKv,
  position: number,
  raw: RawKv,
): void {
  raw.keys.forEach((keys, layer) => {
    runner.placeKv(sequence, layer, position, raw.count, keys, raw.values[layer]!);
  });
}

/** Runs chunks side by side, each behind its own copy of the prefix. Throws CancelledError. */
export function computeChunks(
  runner: DecoderRunner,
  prefix: RawKv,
  chunks: readonly Int32Array[],
  isCancelled?: () => boolean,
): RawKv[] {
  const sequences: SequenceKv[] = [];
  try {
    const rows = chunks.map((tokens) => {
      const sequence = runner.newSequence(prefix.count + tokens.length);
      sequences.push(sequence);
      placeRaw(runner, sequence, 0, prefix);
      return { sequence, tokens, start: prefix.count };
    });
    return capture(runner, rows, isCancelled);
  } finally {
    for (const sequence of sequences) sequence.release();
  }
}

interface CaptureRows {
  readonly sequence: SequenceKv;
  readonly tokens: Int32Array;
  readonly start: number;
}

function capture(
  runner: DecoderRunner,
  rows: readonly CaptureRows[],
  isCancelled?: () => boolean,
): RawKv[] {
  const results = rows.map(({ tokens }) => emptyRaw(runner, tokens.length));
  const onLayer = ({ layer, sequenceIndex, k, v }: LayerRows): void => {
    const target = results[sequenceIndex]!;
    toHeadsFirst(k, target.keys[layer]!, runner.config.kvHeads, runner.config.headDim);
    toHeadsFirst(v, target.values[layer]!, runner.config.kvHeads, runner.config.headDim);
  };
  runner.step(
    rows.map(({ sequence, tokens, start }) => ({
      sequence,
      tokens,
      positions: Int32Array.from(tokens, (_, i) => start + i),
      logits: 'none' as const,
    })),
    { onLayer, isCancelled },
  );
  return results;
}

function emptyRaw(runner: DecoderRunner, count: number): RawKv {
  const shape = kvShape(runner, count);
  const layers = Array.from({ length: shape.layers });
  return {
    keys: layers.map(() => new Float32Array(floatsPerPart(shape))),
    values: layers.map(() => new Float32Array(floatsPerPart(shape))),
    count,
  };
}

/** [rows][kvHeads * headDim] -> [kvHeads][rows][headDim]. */
function toHeadsFirst(
  source: Float32Array,
  target: Float32Array,
  kvHeads: number,
  headDim: number,
): void {
  const width = kvHeads * headDim;
  const rows = source.length / width;
  for (let row = 0; row < rows; row++) {
    for (let head = 0; head < kvHeads; head++) {
      const from = row * width + head * headDim;
      target.set(source.subarray(from, from + headDim), (head * rows + row) * headDim);
    }
  }
}

/** Undefined if the codec cannot hold the numbers: then the chunk is better computed each time. */
export function encodeKv(runner: DecoderRunner, raw: RawKv, codec: KvCodec): EncodedKv | undefined {
  const shape = kvShape(runner, raw.count);
  const { kept, keys, values } = evict(raw, shape, codec);
  const keptShape = { ...shape, tokens: kept?.length ?? shape.tokens };
  const blocks: Uint8Array[] = [];
  for (let layer = 0; layer < shape.layers; layer++) {
    const block = codec.layer.encode(keys[layer]!, values[layer]!, keptShape);
    if (!block) return undefined;
    blocks.push(block);
  }
  return { shape, codec: codec.name, ...(kept && { kept }), blocks };
}

/** Decodes layer by layer into a sequence, the first row at `position`. Evicted rows are hidden. */
export function placeEncoded(
  runner: DecoderRunner,
  sequence: SequenceKv,
  position: number,
  kv: EncodedKv,
  codec: KvCodec,
): void {
  const { shape, kept } = kv;
  const keptShape = { ...shape, tokens: kept?.length ?? shape.tokens };
  const keys = new Float32Array(floatsPerPart(keptShape));
  const values = new Float32Array(keys.length);
  const place = (layer: number, k: Float32Array, v: Float32Array): void =>
    runner.placeKv(sequence, layer, position, shape.tokens, k, v);
  kv.blocks.forEach((block, layer) => {
    codec.layer.decode(block, keptShape, keys, values);
    if (kept) place(layer, spread(keys, kept, shape), spread(values, kept, shape));
    else place(layer, keys, values);
  });
  if (kept) sequence.hide(evictedPositions(kept, position, shape.tokens));
}
