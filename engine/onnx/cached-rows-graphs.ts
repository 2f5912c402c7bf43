/** Graphs for cached rows. They have no weights: they are made when a model is loaded, and are not on disk. */
import type { DecoderConfig } from '../types.ts';
import { Graph } from './graph.ts';

/**
 * Stored halves become floats at their place, keys turned to their positions: for each key/value head h, `k<h>` and
 * `v<h>` [count, d] float16 -> `keys<h>` and `values<h>` [count, d]. `cos` and `sin` [count, half] are those of exactly
 * these positions, so the "position" of row i is i.
 * @param half pairs of components that turn; 0 if keys do not turn
 */
export function halvesGraph({ kvHeads, headDim }: DecoderConfig, half: number): Graph {
  const graph = new Graph();
  const turns = half === 0 ? [] : ropeInputs(graph, half);
  for (let head = 0; head < kvHeads; head++) {
    const k = graph.input(`k${head}`, 'float16', ['count', headDim]);
    const v = graph.input(`v${head}`, 'float16', ['count', headDim]);
    graph.node('Cast', [v], { attributes: { to: FLOAT }, outputs: [`values${head}`] });
    graph.output(`values${head}`, 'float32', ['count', headDim]);
    turned(graph, k, `keys${head}`, { turns, half, headDim });
    graph.output(`keys${head}`, 'float32', ['count', headDim]);
  }
  return graph;
}

/** ONNX's number of float32. */
const FLOAT = 1;

function ropeInputs(graph: Graph, half: number): string[] {
  return [
    graph.input('row_index', 'int64', [1, 'count']),
    graph.input('cos', 'float32', ['count', half]),
    graph.input('sin', 'float32', ['count', half]),
  ];
}

function turned(
  graph: Graph,
  k: string,
  output: string,
  { turns, half, headDim }: { turns: readonly string[]; half: number; headDim: number },
): void {
  if (turns.length === 0) {
    graph.node('Cast', [k], { attributes: { to: FLOAT }, outputs: [output] });
    return;
  }
  const floats = graph.node('Cast', [k], { attributes: { to: FLOAT } });
  const batched = graph.node('Reshape', [floats, graph.int64s('batched', [1, -1, headDim])]); // [1, count, d]
  const rotated = graph.contrib('RotaryEmbedding', [batched, ...turns], {
    num_heads: 1,
    // Turns the first components only; 0 means all.
    rotary_embedding_dim: 2 * half === headDim ? 0 : 2 * half,
  });
  graph.node('Reshape', [rotated, graph.int64s('flat', [-1, headDim])], { outputs: [output] });
}

/**
 * Attention of rows over a span of positions that all of them may see: q [rows, heads * d] after RoPE, `k<h>`
 * [span, d] -> mass [span], softmax summed over rows and heads.
 */
export function attentionMassGraph(config: DecoderConfig): Graph {
  const { heads, kvHeads, headDim, attentionScale, attentionSoftCap } = config;
  const graph = new Graph();
  const q = graph.input('q', 'float32', ['rows', heads * headDim]);
  const byRow = graph.node('Reshape', [q, graph.int64s('by_head', [-1, heads, headDim])]);
  const byHead = graph.node('Transpose', [byRow], { attributes: { perm: [1, 0, 2] } }); // [heads, rows, d]
  const groups = Array.from({ length: kvHeads }, (_, head) => `group${head}`);
  const size = heads / kvHeads;
  const sizes = graph.int64s('sizes', new Array<number>(kvHeads).fill(size));
  graph.node('Split', [byHead, sizes], { attributes: { axis: 0 }, outputs: groups });
  const parts = groups.map((queries, head) => {
    const k = graph.input(`k${head}`, 'float32', ['span', headDim]);
    const flat = graph.node('Reshape', [queries, graph.int64s('queries', [-1, headDim])]); // [size * rows, d]
    const alpha = { float: attentionScale };
    const scores = graph.contrib('FusedMatMul', [flat, k], { transB: 1, alpha }); // [size * rows, span]
    const capped =
      attentionSoftCap === undefined ? scores : softCapped(graph, scores, attentionSoftCap);
    const weights = graph.node('Softmax', [capped], { attributes: { axis: -1 } });
    return graph.node('ReduceSum', [weights, graph.int64s('rows_axis', [0])], {
      attributes: { keepdims: 0 },
    }); // [span]
  });
  graph.node('Sum', parts, { outputs: ['mass'] });
  graph.output('mass', 'float32', ['span']);
  return graph;
}

/** cap * tanh(x / cap) */
function softCapped(graph: Graph, x: string, cap: number): string {
  const limit = graph.constant('cap', Float32Array.of(cap), []);
  return graph.node('Mul', [graph.node('Tanh', [graph.node('Div', [x, limit])]), limit]);
}
