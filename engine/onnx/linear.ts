/**
 * Linear layers y = x Wᵀ + b in the weight kinds of the engine. Checkpoints store W as [out, in].
 *
 * `int8-row`: each row of x is scaled by its own largest magnitude to int8 range, each row of W (an
 * output channel) likewise; the product runs in int32. A token's result therefore never depends on
 * the tokens it was batched with, which `DynamicQuantizeMatMul` (one scale per tensor) cannot promise.
 *
 * `int8-block`, `int4-block`: blocks of 32 input channels, of weights and of x, have scales of their own. Slower at
 * prefill, but outlier channels harm nothing but their own block.
 */
import type { LinearPart } from '../checkpoint/decoder-tensors.ts';
import type { CheckpointTensors } from '../checkpoint/tensors.ts';
import type { WeightKind } from '../types.ts';
import {
  type BlockBits,
  blockSize,
  blocksPerRow,
  labelOf,
  quantiseBlocks,
} from './block-weights.ts';
import type { ExternalTensor, Graph } from './graph.ts';
import { type WeightFileWriter, weightFileName } from './weight-file.ts';

/** Where graphs take their weights from, and put them. */
export interface WeightSource {
  readonly tensors: CheckpointTensors;
  readonly file: WeightFileWriter;
  readonly kind: WeightKind;
  /** Names (`labelOf`) of linear layers that are kept as `int8-block` although the kind is `int8-row`. */
  readonly blocks?: ReadonlySet<string>;
  /** Shown the input of each linear layer while a graph is built. */
  readonly tap?: (x: Activation, parts: readonly LinearPart[]) => void;
}

interface QuantisedRows {
  /** uint8 [rows, size] */
  readonly rows: string;
  /** Largest magnitude of each row, float32 [rows, 1]. */
  readonly rowMax: string;
}

/** An activation, and for `int8-row` its quantised form that several linear layers can share. */
export interface Activation {
  readonly name: string;
  readonly size: number;
  /** Made when a layer first asks for it. */
  readonly quantised: () => QuantisedRows;
}

/** Prepares x [rows, size] for `linear`. */
export function activation(graph: Graph, name: string, size: number): Activation {
  let made: QuantisedRows | undefined;
  return { name, size, quantised: () => (made ??= quantiseRows(graph, name)) };
}

function kindOf({ kind, blocks }: WeightSource, parts: readonly LinearPart[]): WeightKind {
  return kind === 'int8-row' && blocks?.has(labelOf(parts)) ? 'int8-block' : kind;
}

/** x [rows, in] -> [rows, sum of outSize], the parts stacked along the output axis (for example q, k and v). */
export function linear(
  graph: Graph,
  source: WeightSource,
  x: Activation,
  parts: readonly LinearPart[],
): string {
  const { product, bias } = matmul(graph, source, x, parts);
  if (kindOf(source, parts) !== 'int8-row') return product;
  const y = graph.node('Mul', [product, x.quantised().rowMax]);
  return bias === '' ? y : graph.node('Add', [y, bias]);
}

/**
 * As `linear`, but for `int8-row` the caller multiplies by `pendingScale` [rows, 1] later, which may be
 * cheaper on another tensor. Layers with a bias cannot be delayed: they come out already scaled.
 */
export function linearUnscaled(
  graph: Graph,
  source: WeightSource,
  x: Activation,
  parts: readonly LinearPart[],
): { readonly y: string; readonly pendingScale: string | undefined } {
  if (kindOf(source, parts) !== 'int8-row' || hasBias(source, parts))
    return { y: linear(graph, source, x, parts), pendingScale: undefined };
  return {
    y: matmul(graph, source, x, parts).product,
    pendingScale: x.quantised().rowMax,
  };
}

function matmul(
  graph: Graph,
  source: WeightSource,
  x: Activation,
  parts: readonly LinearPart[],
): { product: string; bias: string } {
  source.tap?.(x, parts);
  const label = labelOf(parts);
  const kind = kindOf(source, parts);
  const bias = hasBias(source, parts)
    ? graph.constant(`${label}.bias`, stack(parts.map((part) => readBias(source, part))))
    : '';
  if (kind === 'int8-block' || kind === 'int4-block') {
    const bits = kind === 'int4-block' ? 4 : 8;
    return { product: blockProduct(graph, source, x, parts, { bias, bits }), bias };
  }
  if (kind === 'fp32') {
    const weight = graph.external(label, writeFloat32(source, parts, x.size));
    const inputs = bias === '' ? [x.name, weight] : [x.name, weight, bias];
    return { product: graph.node('Gemm', inputs, { attributes: { transB: 1 } }), bias };
  }
  const { weight, scales } = writeInt8(source, parts, x.size);
  const product = graph.contrib('MatMulIntegerToFloat', [
    x.quantised().rows,
    graph.external(label, weight),
    quantStep(graph),
    graph.constant(`${label}.scales`, scales),
    quantZero(graph),
  ]);
  return { product, bias };
}

/** MatMulNBits with x quantised by the same blocks (accuracy level 4: int8). */
function blockProduct(
  graph: Graph,
  source: WeightSource,
  x: Activation,
  parts: readonly LinearPart[],
  { bias, bits }: { readonly bias: string; readonly bits: BlockBits },
): string {
  const label = labelOf(parts);
  const { weights, scales } = writeBlocks(source, parts, x.size, bits);
  const inputs = [
    x.name,
    graph.external(label, weights),
    graph.external(`${label}.scales`, scales),
    ...(bias === '' ? [] : ['', '', bias]), // no zero points, no order of groups
  ];
  return graph.contrib('MatMulNBits', inputs, {
    K: x.size,
    N: totalOut(parts),
    bits,
    block_size: blockSize,
    accuracy_level: 4,
  });
}

/** x [rows, size] -> uint8 around 128. */
function quantiseRows(graph: Graph, x: string): QuantisedRows {
  const lastAxis = graph.int64s('last_axis', [-1]);
  const epsilon = graph.constant('quant_epsilon', Float32Array.of(1e-8)); // keeps rows of zeros finite
  const magnitude = graph.node('Abs', [x]);
  const largest = graph.node('ReduceMax', [magnitude, lastAxis], { attributes: { keepdims: 1 } });
  const rowMax = graph.node('Add', [largest, epsilon]);
  const unit = graph.node('Div', [x, rowMax]); // in [-1, 1]
  return { rows: graph.node('QuantizeLinear', [unit, quantStep(graph), quantZero(graph)]), rowMax };
}

function quantStep(graph: Graph): string {
  return graph.constant('quant_step', Float32Array.of(1 / 127), []);
}

function quantZero(graph: Graph): string {
  return graph.constant('quant_zero', Uint8Array.of(128), []);
}

function hasBias(source: WeightSource, parts: readonly LinearPart[]): boolean {
  return parts.some(({ module }) => source.tensors.has(`${module}.bias`));
}

function readBias(source: WeightSource, part: LinearPart): Float32Array {
  const { module, outSize, firstRow = 0, moduleRows = outSize } = part;
  const name = `${module}.bias`;
  return source.tensors.has(name)
    ? source.tensors.read(name, [moduleRows]).slice(firstRow, firstRow + outSize)
    : new Float32Array(outSize);
}

/** W as the checkpoint has it, float32 [out, in]. */
function writeFloat32(
  source: WeightSource,
  parts: readonly LinearPart[],
  inSize: number,
): ExternalTensor {
  const outSize = totalOut(parts);
  const offset = source.file.align();
  for (const part of parts) {
    forRowBlocks(source, part, inSize, (block) => source.file.write(block));
  }
  return {
    type: 'float32',
    dims: [outSize, inSize],
    location: weightFileName,
    offset,
    bytes: outSize * inSize * 4,
  };
}

/** W as int8 [in, out] (the layout that the operator wants) and one scale per output channel. */
function writeInt8(
  source: WeightSource,
  parts: readonly LinearPart[],
  inSize: number,
): { weight: ExternalTensor; scales: Float32Array } {
  const outSize = totalOut(parts);
  const quantised = new Int8Array(inSize * outSize);
  const scales = new Float32Array(outSize);
  let column = 0;
  for (const part of parts) {
    forRowBlocks(source, part, inSize, (block) => {
      quantiseTransposed(block, inSize, column, outSize, quantised, scales);
      column += block.length / inSize;
    });
  }
  return { weight: source.file.append('int8', [inSize, outSize], quantised), scales };
}

/** W in blocks, [out, blocks, bytes] and scales [out * blocks]. */
function writeBlocks(
  source: WeightSource,
  parts: readonly LinearPart[],
  inSize: number,
  bits: BlockBits,
): { weights: ExternalTensor; scales: ExternalTensor } {
  const outSize = totalOut(parts);
  const blocks = blocksPerRow(inSize);
  const scales = new Float32Array(outSize * blocks);
  const offset = source.file.align();
  let row = 0;
  let bytes = 0;
  for (const part of parts) {
    forRowBlocks(source, part, inSize, (block) => {
      const quantised = quantiseBlocks(block, inSize, bits);
      source.file.write(quantised.packed);
      scales.set(quantised.scales, row * blocks);
      row += block.length / inSize;
      bytes += quantised.packed.length;
    });
  }
  const dims = [outSize, blocks, (blockSize * bits) / 8];
  const weights = { type: 'uint8', dims, location: weightFileName, offset, bytes } as const;
  return { weights, scales: source.file.append('float32', [scales.length], scales) };
}

/** Rows of `block` [n, inSize] become columns `column ..` of `into` [inSize, outSize]. */
function quantiseTransposed(
  block: Float32Array,
  inSize: number,
  column: number,
  outSize: number,
  into: Int8Array,
  scales: Float32Array,
): void {
  const rows = block.length / inSize;
  const inverse = new Float64Array(rows);
  for (let r = 0; r < rows; r++) {
    let largest = 0;
    for (let i = r * inSize; i < (r + 1) * inSize; i++)
      largest = Math.max(largest, Math.abs(block[i]!));
    scales[column + r] = largest / 127;
    inverse[r] = largest === 0 ? 0 : 127 / largest;
  }
  const tile = 64; // transposed tile by tile, so that both sides stay in the cache
  for (let start = 0; start < inSize; start += tile) {
    const end = Math.min(start + tile, inSize);
    for (let r = 0; r < rows; r++) {
      const scale = inverse[r]!;
      for (let i = start; i < end; i++) {
        into[i * outSize + column + r] = Math.round(block[r * inSize + i]! * scale);
      }
    }
  }
}

/** Reads a weight in blocks of rows of about 4 MiB, and checks its shape. */
function forRowBlocks(
  { tensors }: WeightSource,
  { module, outSize, firstRow = 0, moduleRows = outSize }: LinearPart,
  inSize: number,
  use: (block: Float32Array) => void,
): void {
  const name = `${module}.weight`;
  tensors.requireShape(name, [moduleRows, inSize]);
  const blockRows = Math.max(1, Math.floor((1 << 20) / inSize));
  for (let start = 0; start < outSize; start += blockRows) {
    use(tensors.readRows(name, firstRow + start, Math.min(blockRows, outSize - start)));
  }
}

function totalOut(parts: readonly LinearPart[]): number {
  return parts.reduce((sum, part) => sum + part.outSize, 0);
}

function stack(arrays: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(arrays.reduce((sum, array) => sum + array.length, 0));
  let at = 0;
  for (const array of arrays) {
    out.set(array, at);
    at += array.length;
  }
  return out;
}
