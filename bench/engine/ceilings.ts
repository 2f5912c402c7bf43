/** What this machine can do at most, by the operators that the engine uses, alone and in their best shape. */
import { Graph } from '../../engine/onnx/graph.ts';
import { float32, openSessionFromBytes, type TensorView } from '../../engine/session.ts';
import type { DecoderShape } from './random-checkpoint.ts';

export interface Ceilings {
  /** Billions of int8 operations a second, two for each multiplication and addition. */
  readonly int8Gops: number;
  readonly fp32Gflops: number;
  /** Gigabytes that are read a second. */
  readonly readGbs: number;
}

const ROWS = 512;

export function measureCeilings({ hiddenSize, ffnSize }: DecoderShape, threads: number): Ceilings {
  const operations = 2 * ROWS * hiddenSize * ffnSize;
  return {
    // The better of the two shapes that make up most of a layer.
    int8Gops: Math.max(
      operations / bestMs(int8Product(ffnSize, hiddenSize), threads) / 1e6,
      operations / bestMs(int8Product(hiddenSize, ffnSize), threads) / 1e6,
    ),
    fp32Gflops: operations / bestMs(fp32Product(ffnSize, hiddenSize), threads) / 1e6,
    readGbs: READ_BYTES / bestMs(reading(), threads) / 1e6,
  };
}

interface Probe {
  readonly graph: Graph;
  readonly inputs: Record<string, TensorView>;
  readonly outputs: Record<string, TensorView>;
}

const READ_BYTES = 256 << 20;

function int8Product(inner: number, columns: number): Probe {
  const graph = new Graph();
  const x = graph.input('x', 'uint8', [ROWS, inner]);
  const weight = graph.constant('w', new Int8Array(inner * columns).fill(3), [inner, columns]);
  const y = graph.contrib('MatMulIntegerToFloat', [
    x,
    weight,
    graph.constant('step', Float32Array.of(1 / 127), []),
    graph.constant('scales', new Float32Array(columns).fill(0.01)),
    graph.constant('zero', Uint8Array.of(128), []),
  ]);
  graph.node('Identity', [y], { outputs: ['y'] });
  graph.output('y', 'float32', [ROWS, columns]);
  const rows = new Uint8Array(ROWS * inner).fill(130);
  const view = { type: 'uint8', data: rows, dims: [ROWS, inner], location: 'cpu' };
  return {
    graph,
    inputs: { x: view as unknown as TensorView },
    outputs: { y: float32(new Float32Array(ROWS * columns), [ROWS, columns]) },
  };
}

function fp32Product(inner: number, columns: number): Probe {
  const graph = new Graph();
  const x = graph.input('x', 'float32', [ROWS, inner]);
  const weight = graph.constant('w', new Float32Array(inner * columns).fill(0.1), [inner, columns]);
  graph.node('MatMul', [x, weight], { outputs: ['y'] });
  graph.output('y', 'float32', [ROWS, columns]);
  return {
    graph,
    inputs: { x: float32(new Float32Array(ROWS * inner).fill(0.5), [ROWS, inner]) },
    outputs: { y: float32(new Float32Array(ROWS * columns), [ROWS, columns]) },
  };
}

function reading(): Probe {
  const graph = new Graph();
  const rows = 64;
  const width = READ_BYTES / 4 / rows;
  const x = graph.input('x', 'float32', [rows, width]);
  graph.node('ReduceMax', [x, graph.int64s('axis', [-1])], {
    attributes: { keepdims: 1 },
    outputs: ['y'],
  });
  graph.output('y', 'float32', [rows, 1]);
  return {
    graph,
    inputs: { x: float32(new Float32Array(rows * width).fill(0.5), [rows, width]) },
    outputs: { y: float32(new Float32Array(rows), [rows, 1]) },
  };
}

function bestMs({ graph, inputs, outputs }: Probe, threads: number): number {
  const settings = { threads, preciseInt8: false };
  const session = openSessionFromBytes(graph.encode('probe'), settings);
  let best = Infinity;
  for (let i = 0; i < 20; i++) {
    const start = performance.now();
    session.run(inputs, outputs);
    best = Math.min(best, performance.now() - start);
  }
  session.close();
  return best;
}
