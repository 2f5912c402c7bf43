/**
 * Computes the KV of chunks behind the shared prefix, several chunks in one step, and gives it encoded.
 * Every chunk sees the prefix and itself only, at positions that start right behind the prefix.
 */
import type { DecoderRunner, LayerRows, SequenceKv } from '../engine/index.ts';
import { floatsPerPart, type EncodedKv, type KvLayout, type KvShape } from './chunk-kv.ts';
import type { KvCodec } from './codec.ts';

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
  return { shape, codec: codec.name, blockBytes: floatsPerPart(shape) * 2 * codec.bytesPerFloat };
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
  const blocks: Uint8Array[] = [];
  for (let layer = 0; layer < raw.keys.length; layer++) {
    const keys = raw.keys[layer]!;
    const both = new Float32Array(keys.length * 2);
    both.set(keys, 0);
    both.set(raw.values[layer]!, keys.length);
    const block = codec.encode(both);
    if (!block) return undefined;
    blocks.push(block);
  }
  return { shape: kvShape(runner, raw.count), codec: codec.name, blocks };
}

/** Decodes layer by layer into a sequence, the first row at `position`. */
export function placeEncoded(
  runner: DecoderRunner,
  sequence: SequenceKv,
  position: number,
  kv: EncodedKv,
  codec: KvCodec,
): void {
  const floats = floatsPerPart(kv.shape);
  const both = new Float32Array(floats * 2);
  kv.blocks.forEach((block, layer) => {
    codec.decode(block, both);
    runner.placeKv(
      sequence,
      layer,
      position,
      kv.shape.tokens,
      both.subarray(0, floats),
      both.subarray(floats),
    );
  });
}
