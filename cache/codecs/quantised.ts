/**
 * Codecs of 8, 4 and 2 bits. A layer's block is, for the keys and then for the values:
 *
 *   codes | ranges (halves) | outlier indices (u32) | outliers (halves) | kept rows (int8 codes | ranges | tokens u16)
 *
 * each part starting at a multiple of 4 bytes. Sizes depend on the shape only.
 */
import type { KvShape } from '../chunk-kv.ts';
import { packCodes, unpackCodes, type CodeBits } from './bits.ts';
import { aligned } from './floats.ts';
import { channelGroups, rowGroups, type Groups } from './groups.ts';
import { halfFromFloat, halfToFloat, isFiniteHalf } from './half.ts';
import { addKeyDifference, mostImportant } from './importance.ts';
import { findOutliers } from './outliers.ts';
import { findRanges, fromCodes, readRanges, toCodes } from './ranges.ts';
import type { LayerCodec } from './types.ts';

export interface Quantisation {
  readonly bits: CodeBits;
  /** Consecutive tokens of a channel that share a range of keys. */
  readonly keyTokens: number;
  /** Consecutive numbers of a row that share a range of values. */
  readonly valueDims: number;
  /** Share of the numbers kept as halves. */
  readonly outliers: number;
  /** Share of the tokens, the most important ones, whose rows are kept with 8 bits. */
  readonly precise: number;
}

export function quantised(q: Quantisation): LayerCodec {
  return {
    bytes: (shape) => layout(shape, q).end,
    encode: (keys, values, shape) => encode(keys, values, shape, q),
    decode: (bytes, shape, keys, values) => decode(aligned(bytes, 4), shape, keys, values, q),
  };
}

/** Byte offsets of the parts of a block, and how many of each there are. */
interface PartLayout {
  readonly groups: Groups;
  readonly codes: number;
  readonly codeBytes: number;
  readonly ranges: number;
  readonly outliers: number;
  readonly outlierCount: number;
  readonly halves: number;
  readonly rows: number;
  readonly rowRanges: number;
}

interface BlockLayout {
  readonly keys: PartLayout;
  readonly values: PartLayout;
  /** Tokens with 8 bits. */
  readonly precise: number;
  readonly preciseTokens: number;
  readonly end: number;
}

function layout(shape: KvShape, q: Quantisation): BlockLayout {
  const precise = Math.ceil(shape.tokens * q.precise);
  let offset = 0;
  const take = (bytes: number): number => {
    const at = offset;
    offset += Math.ceil(bytes / 4) * 4;
    return at;
  };
  const part = (groups: Groups): PartLayout => {
    const numbers = shape.kvHeads * shape.tokens * shape.headDim;
    const outlierCount = Math.floor(numbers * q.outliers);
    const codeBytes = (numbers * q.bits) / 8;
    const preciseRows = precise * shape.kvHeads;
    return {
      groups,
      codes: take(codeBytes),
      codeBytes,
      ranges: take(groups.count * 4),
      outliers: take(outlierCount * 4),
      outlierCount,
      halves: take(outlierCount * 2),
      rows: take(preciseRows * shape.headDim),
      rowRanges: take(preciseRows * 4),
    };
  };
  const keys = part(channelGroups(shape, q.keyTokens));
  const values = part(rowGroups(shape, q.valueDims));
  const preciseTokens = take(precise * 2);
  return { keys, values, precise, preciseTokens, end: offset };
}

function encode(
  keys: Float32Array,
  values: Float32Array,
  shape: KvShape,
  q: Quantisation,
): Uint8Array | undefined {
  const block = layout(shape, q);
  const bytes = new Uint8Array(block.end);
  const tokens = tokensToKeepPrecise(keys, shape, block.precise);
  new Uint16Array(bytes.buffer, block.preciseTokens, tokens.length).set(tokens);
  const stored =
    encodePart(keys, shape, block.keys, q, tokens, bytes.buffer) &&
    encodePart(values, shape, block.values, q, tokens, bytes.buffer);
  return stored ? bytes : undefined;
}

function tokensToKeepPrecise(keys: Float32Array, shape: KvShape, count: number): Uint16Array {
  if (count === 0) return new Uint16Array(0);
  const score = new Float64Array(shape.tokens);
  addKeyDifference(keys, shape, score);
  return mostImportant(score, count);
}

/** False if a number is out of range. */
function encodePart(
  data: Float32Array,
  shape: KvShape,
  part: PartLayout,
  q: Quantisation,
  tokens: Uint16Array,
  buffer: ArrayBuffer,
): boolean {
  if (!allFinite(data)) return false;
  const levels = 2 ** q.bits - 1;
  const leftOut = new Uint8Array(data.length);
  const { headDim } = shape;
  for (const row of rowsOfTokens(tokens, shape)) {
    leftOut.fill(1, row * headDim, (row + 1) * headDim);
  }
  if (!encodeRows(data, shape, part, tokens, buffer)) return false;
  const outliers = findOutliers(data, part.groups, part.outlierCount, leftOut);
  const halves = new Uint16Array(buffer, part.halves, part.outlierCount);
  halfFromFloat(
    Float32Array.from(outliers, (i) => data[i]!),
    halves,
  );
  if (!halves.every(isFiniteHalf)) return false;
  new Uint32Array(buffer, part.outliers, part.outlierCount).set(outliers);
  for (const i of outliers) leftOut[i] = 1;
  const stored = findRanges(data, part.groups, levels, leftOut);
  if (!stored) return false;
  new Uint16Array(buffer, part.ranges, stored.length).set(stored);
  const codes = toCodes(data, part.groups, readRanges(stored), levels);
  packCodes(codes, q.bits, new Uint8Array(buffer, part.codes, part.codeBytes));
  return true;
}

function allFinite(data: Float32Array): boolean {
  // What is not finite stays so through any sum.
  let sum = 0;
  for (const value of data) sum += value - value;
  return sum === 0;
}

/** Rows of important tokens with 8 bits. */
function encodeRows(
  data: Float32Array,
  shape: KvShape,
  part: PartLayout,
  tokens: Uint16Array,
  buffer: ArrayBuffer,
): boolean {
  const { headDim } = shape;
  const rows = rowsOfTokens(tokens, shape);
  const gathered = new Float32Array(rows.length * headDim);
  rows.forEach((row, i) => {
    gathered.set(data.subarray(row * headDim, (row + 1) * headDim), i * headDim);
  });
  const groups = preciseGroups(tokens, shape);
  const stored = findRanges(gathered, groups, 255, new Uint8Array(gathered.length));
  if (!stored) return false;
  new Uint16Array(buffer, part.rowRanges, stored.length).set(stored);
  const codes = toCodes(gathered, groups, readRanges(stored), 255);
  new Uint8Array(buffer, part.rows, codes.length).set(codes);
  return true;
}

/** `bytes` starts at a multiple of 4. */
function decode(
  bytes: Uint8Array,
  shape: KvShape,
  keys: Float32Array,
  values: Float32Array,
  q: Quantisation,
): void {
  const block = layout(shape, q);
  const tokens = view(Uint16Array, bytes, block.preciseTokens, block.precise);
  decodePart(bytes, shape, block.keys, q, tokens, keys);
  decodePart(bytes, shape, block.values, q, tokens, values);
}

function decodePart(
  bytes: Uint8Array,
  shape: KvShape,
  part: PartLayout,
  q: Quantisation,
  tokens: Uint16Array,
  target: Float32Array,
): void {
  const packed = view(Uint8Array, bytes, part.codes, part.codeBytes);
  const codes = q.bits === 8 ? packed : new Uint8Array(target.length);
  if (q.bits !== 8) unpackCodes(packed, q.bits, codes);
  const ranges = readRanges(view(Uint16Array, bytes, part.ranges, part.groups.count * 2));
  fromCodes(codes, part.groups, ranges, target);
  const outliers = view(Uint32Array, bytes, part.outliers, part.outlierCount);
  const exact = new Float32Array(part.outlierCount);
  halfToFloat(view(Uint16Array, bytes, part.halves, part.outlierCount), exact);
  outliers.forEach((index, i) => {
    target[index] = exact[i]!;
  });
  decodeRows(bytes, shape, part, tokens, target);
}

function decodeRows(
  bytes: Uint8Array,
  shape: KvShape,
  part: PartLayout,
  tokens: Uint16Array,
  target: Float32Array,
): void {
  if (tokens.length === 0) return;
  const { headDim } = shape;
  const groups = preciseGroups(tokens, shape);
  const rows = new Float32Array(groups.ofRow.length * headDim);
  const ranges = readRanges(view(Uint16Array, bytes, part.rowRanges, groups.count * 2));
  fromCodes(view(Uint8Array, bytes, part.rows, rows.length), groups, ranges, rows);
  rowsOfTokens(tokens, shape).forEach((row, i) => {
    target.set(rows.subarray(i * headDim, (i + 1) * headDim), row * headDim);
  });
}

function preciseGroups(tokens: Uint16Array, { kvHeads, headDim, layers }: KvShape): Groups {
  return rowGroups({ kvHeads, headDim, layers, tokens: tokens.length }, headDim);
}

function rowsOfTokens(tokens: Uint16Array, shape: KvShape): number[] {
  return Array.from({ length: shape.kvHeads }, (_, head) =>
    Array.from(tokens, (token) => head * shape.tokens + token),
  ).flat();
}

function view<T>(
  type: new (buffer: ArrayBufferLike, offset: number, length: number) => T,
  bytes: Uint8Array,
  offset: number,
  length: number,
): T {
  return new type(bytes.buffer, bytes.byteOffset + offset, length);
}
