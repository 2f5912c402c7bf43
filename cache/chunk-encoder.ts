/**
 * Computes the KV of chunks behind the shared prefix, several chunks in one step, and gives it encoded.
 * Every chunk sees the prefix and itself only, at positions that start right behind the prefix.
 */
import type {
  DecoderConfig,
  DecoderRunner,
  LayerRows,
  SequenceKv,
  SequenceRows,
  Serving,
  WorkOptions,
} from '../engine/index.ts';
import { floatsPerPart, type EncodedKv, type KvLayout, type KvShape } from './chunk-kv.ts';
import type { KvCodec } from './codecs/index.ts';
import { evict, keptTokens } from './eviction/evict-tokens.ts';

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
    return capture(runner, rowsBehind(0, [sequence], [prefixIds]))[0]!;
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

/** Runs chunks side by side, each behind its own copy of the prefix. Blocks the thread. */
export function computeChunks(
  runner: DecoderRunner,
  prefix: RawKv,
  chunks: readonly Int32Array[],
): RawKv[] {
  const sequences = chunks.map((tokens) => runner.newSequence(prefix.count + tokens.length));
  try {
    for (const sequence of sequences) placeRaw(runner, sequence, 0, prefix);
    return capture(runner, rowsBehind(prefix.count, sequences, chunks));
  } finally {
    for (const sequence of sequences) sequence.release();
  }
}

/**
 * As `computeChunks`, but in turns with others; `ms` is what it took without them. Throws CancelledError, and
 * KvMemoryError where the chunks are too many for the memory.
 */
export async function serveChunks(
  runner: DecoderRunner,
  prefix: RawKv,
  chunks: readonly Int32Array[],
  serving: Serving,
  work: WorkOptions,
): Promise<{ readonly raw: RawKv[]; readonly ms: number }> {
  const capacities = chunks.map((tokens) => prefix.count + tokens.length);
  const sequences = await serving.newSequences(capacities, work);
  try {
    const place = (): void => {
      for (const sequence of sequences) placeRaw(runner, sequence, 0, prefix);
    };
    await serving.take(work.priority, place, work.isCancelled);
    const raw = chunks.map(({ length }) => emptyRaw(runner, length));
    const onLayer = capturing(runner.config, raw);
    const rows = rowsBehind(prefix.count, sequences, chunks);
    const { ms } = await serving.step(rows, { ...work, onLayer });
    return { raw, ms };
  } finally {
    for (const sequence of sequences) sequence.release();
  }
}

function rowsBehind(
  start: number,
  sequences: readonly SequenceKv[],
  chunks: readonly Int32Array[],
): SequenceRows[] {
  return chunks.map((tokens, i) => ({
    sequence: sequences[i]!,
    tokens,
    positions: Int32Array.from(tokens, (_, row) => start + row),
    logits: 'none',
  }));
}

function capture(runner: DecoderRunner, rows: readonly SequenceRows[]): RawKv[] {
  const raw = rows.map(({ tokens }) => emptyRaw(runner, tokens.length));
  runner.step(rows, { onLayer: capturing(runner.config, raw) });
  return raw;
}

/** Copies what each layer computes into `raw`, by sequence. */
function capturing(
  { kvHeads, headDim }: DecoderConfig,
  raw: readonly RawKv[],
): (rows: LayerRows) => void {
  return ({ layer, sequenceIndex, firstRow, k, v }) => {
    const { keys, values, count } = raw[sequenceIndex]!;
    toHeadsFirst(k, keys[layer]!, kvHeads, headDim, firstRow, count);
    toHeadsFirst(v, values[layer]!, kvHeads, headDim, firstRow, count);
  };
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

/** [rows][kvHeads * headDim] -> rows [firstRow, firstRow + rows) of [kvHeads][count][headDim]. */
function toHeadsFirst(
  source: Float32Array,
  target: Float32Array,
  kvHeads: number,
  headDim: number,
  firstRow: number,
  count: number,
): void {
  const width = kvHeads * headDim;
  const rows = source.length / width;
  for (let row = 0; row < rows; row++) {
    for (let head = 0; head < kvHeads; head++) {
      const from = row * width + head * headDim;
      target.set(source.subarray(from, from + headDim), (head * count + firstRow + row) * headDim);
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
