/** Forms of attention that were tried against the one in use, as graphs; see docs/decisions. One tile of one sequence. */
import { Graph } from '../../engine/onnx/graph.ts';
import type { DecoderShape } from './random-checkpoint.ts';

type Shape = Pick<DecoderShape, 'heads' | 'kvHeads' | 'headDim'>;

/**
 * Scores by int8 products: queries (uint8 around 128) and keys (int8) have one scale a row. Inputs as those of the masked tiles, but for
 * each key/value head h the keys as they would lie in a quantised cache: `k<h>` int8 [d, length], `ks<h>` [length].
 */
export function int8ScoresGraph({ heads, kvHeads, headDim }: Shape): Graph {
  const graph = new Graph();
  const group = heads / kvHeads;
  const q = graph.input('q', 'float32', ['rows', heads * headDim]);
  const byRow = graph.node('Reshape', [q, graph.int64s('by_head', [-1, heads, headDim])]);
  const byHead = graph.node('Transpose', [byRow], { attributes: { perm: [1, 0, 2] } }); // [heads, rows, d]
  const { quantised, rowMax } = quantiseQueries(graph, byHead);
  const sizes = graph.int64s('sizes', new Array<number>(kvHeads).fill(group));
  const split = (x: string, name: string): string[] => {
    const outputs = Array.from({ length: kvHeads }, (_, head) => `${name}${head}`);
    graph.node('Split', [x, sizes], { attributes: { axis: 0 }, outputs });
    return outputs;
  };
  const [queries, scales] = [split(quantised, 'queries'), split(rowMax, 'scales')];
  const mask = graph.input('mask', 'float32', ['rows', 'length']);
  const attended = queries.map((part, head) => {
    const k = graph.input(`k${head}`, 'int8', [headDim, 'length']);
    const keyScales = graph.input(`ks${head}`, 'float32', ['length']);
    const v = graph.input(`v${head}`, 'float32', ['length', headDim]);
    const step = graph.constant('query_step', Float32Array.of(headDim ** -0.5 / 127), []);
    const product = graph.contrib('MatMulIntegerToFloat', [part, k, step, keyScales, zero(graph)]);
    const scores = graph.node('Mul', [product, scales[head]!]); // [group, rows, length]
    const weights = graph.node('Softmax', [graph.node('Add', [scores, mask])], {
      attributes: { axis: -1 },
    });
    return graph.node('MatMul', [weights, v]);
  });
  const all = graph.node('Concat', attended, { attributes: { axis: 0 } });
  const merged = graph.node('Transpose', [all], { attributes: { perm: [1, 0, 2] } });
  const flat = graph.int64s('flat', [-1, heads * headDim]);
  graph.node('Reshape', [merged, flat], { outputs: ['attended'] });
  graph.output('attended', 'float32', ['rows', heads * headDim]);
  return graph;
}

/** Keys to int8 with a scale a row, turned: `k` [length, d] -> `turned` [d, length], `scales` [length]. */
export function quantiseKeysGraph({ headDim }: Shape): Graph {
  const graph = new Graph();
  const k = graph.input('k', 'float32', ['length', headDim]);
  const largest = graph.node('ReduceMax', [graph.node('Abs', [k]), graph.int64s('last', [-1])], {
    attributes: { keepdims: 1 },
  });
  const scales = graph.node('Mul', [largest, graph.constant('step', Float32Array.of(1 / 127), [])]);
  const whole = graph.node('Round', [graph.node('Div', [k, scales])]);
  const small = graph.node('Cast', [whole], { attributes: { to: INT8 } });
  graph.node('Transpose', [small], { attributes: { perm: [1, 0] }, outputs: ['turned'] });
  graph.node('Reshape', [scales, graph.int64s('flat', [-1])], { outputs: ['scales'] });
  graph.output('turned', 'int8', [headDim, 'length']);
  graph.output('scales', 'float32', ['length']);
  return graph;
}

/** ONNX's number of int8. */
const INT8 = 3;

function quantiseQueries(graph: Graph, x: string): { quantised: string; rowMax: string } {
  const largest = graph.node('ReduceMax', [graph.node('Abs', [x]), graph.int64s('axis', [-1])], {
    attributes: { keepdims: 1 },
  });
  const rowMax = graph.node('Add', [largest, graph.constant('epsilon', Float32Array.of(1e-8))]);
  const unit = graph.node('Div', [x, rowMax]);
  const step = graph.constant('step', Float32Array.of(1 / 127), []);
  return { quantised: graph.node('QuantizeLinear', [unit, step, zero(graph)]), rowMax };
}

function zero(graph: Graph): string {
  return graph.constant('zero', Uint8Array.of(128), []);
}

/** The runtime's own fused operator on a sequence's memory: `rows` new keys behind `capacity - rows` that are there. */
export function fusedGraph({ heads, kvHeads, headDim }: Shape): Graph {
  const graph = new Graph();
  const cache = [1, kvHeads, 'capacity', headDim];
  graph.input('q', 'float32', [1, 'rows', heads * headDim]);
  graph.input('k', 'float32', [1, 'rows', kvHeads * headDim]);
  graph.input('v', 'float32', [1, 'rows', kvHeads * headDim]);
  graph.input('keys', 'float32', cache);
  graph.input('values', 'float32', cache);
  graph.input('last', 'int32', [1]);
  graph.input('length', 'int32', [1]);
  graph.node('GroupQueryAttention', ['q', 'k', 'v', 'keys', 'values', 'last', 'length'], {
    domain: 'com.microsoft',
    attributes: { num_heads: heads, kv_num_heads: kvHeads },
    outputs: ['attended', 'new_keys', 'new_values'],
  });
  graph.output('attended', 'float32', [1, 'rows', heads * headDim]);
  graph.output('new_keys', 'float32', cache);
  graph.output('new_values', 'float32', cache);
  return graph;
}
