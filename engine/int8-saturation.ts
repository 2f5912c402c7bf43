/**
 * Do uint8 x int8 matrix products saturate on this processor?
 *
 * Without VNNI, x86 multiplies with `vpmaddubsw`, whose 16-bit pair sums overflow for large operands.
 * onnxruntime can work around that (`session.x64quantprecision`), but the workaround also slows down
 * processors that do not need it by half, so it is asked for only where the products are really wrong.
 */
import { Graph } from './onnx/graph.ts';
import { float32, openSessionFromBytes } from './session.ts';

let known: boolean | undefined;

/** Multiplies the largest operands once per process and compares with the exact product. */
export function int8ProductsSaturate(): boolean {
  known ??= productIsWrong();
  return known;
}

function productIsWrong(): boolean {
  const [inner, columns] = [64, 16];
  const graph = new Graph();
  const x = graph.input('x', 'float32', [1, inner]);
  const step = graph.constant('step', Float32Array.of(1 / 127), []);
  const zero = graph.constant('zero', Uint8Array.of(128), []);
  const rows = graph.node('QuantizeLinear', [x, step, zero]); // 255 everywhere
  const weight = graph.constant('weight', new Int8Array(inner * columns).fill(127), [
    inner,
    columns,
  ]);
  const scales = graph.constant('scales', new Float32Array(columns).fill(1 / 127));
  const product = graph.contrib('MatMulIntegerToFloat', [rows, weight, step, scales, zero]);
  graph.node('Identity', [product], { outputs: ['y'] });
  graph.output('y', 'float32', [1, columns]);
  const session = openSessionFromBytes(graph.encode('saturation'), {
    threads: 1,
    preciseInt8: false,
  });
  const y = new Float32Array(columns);
  session.run(
    { x: float32(new Float32Array(inner).fill(1), [1, inner]) },
    { y: float32(y, [1, columns]) },
  );
  session.close();
  return y.some((value) => Math.abs(value - inner) > 0.01 * inner); // exact: 64 times 1 x 1
}
