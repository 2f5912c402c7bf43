/** Attention of a single row, as in decoding. The graph has no weights: it is made when a model is loaded. */
import type { DecoderConfig } from '../types.ts';
import { Graph } from './graph.ts';

/**
 * For each key/value head h: `q<h>` [group, d] after RoPE, `k<h>` and `v<h>` [length, d], all of which the row sees ->
 * `attended<h>` [group, d].
 *
 * The scores come as K qᵀ: the few queries of a group are what the matrix product repacks, and keys are read once,
 * where they lie. The other way round it would turn all keys of the sequence at every token.
 */
export function rowAttentionGraph(config: DecoderConfig): Graph {
  const { heads, kvHeads, headDim, attentionScale, attentionSoftCap } = config;
  const graph = new Graph();
  const group = heads / kvHeads;
  for (let head = 0; head < kvHeads; head++) {
    const q = graph.input(`q${head}`, 'float32', [group, headDim]);
    const k = graph.input(`k${head}`, 'float32', ['length', headDim]);
    const v = graph.input(`v${head}`, 'float32', ['length', headDim]);
    const alpha = { float: attentionScale };
    const byKey = graph.contrib('FusedMatMul', [k, q], { transB: 1, alpha }); // [length, group]
    const scores = graph.node('Transpose', [byKey], { attributes: { perm: [1, 0] } }); // [group, length]
    const weights = graph.node('Softmax', [softCapped(graph, scores, attentionSoftCap)], {
      attributes: { axis: -1 },
    });
    graph.node('MatMul', [weights, v], { outputs: [`attended${head}`] });
    graph.output(`attended${head}`, 'float32', [group, headDim]);
  }
  return graph;
}

/** cap * tanh(x / cap) */
function softCapped(graph: Graph, x: string, cap: number | undefined): string {
  if (cap === undefined) return x;
  const limit = graph.constant('cap', Float32Array.of(cap), []);
  return graph.node('Mul', [graph.node('Tanh', [graph.node('Div', [x, limit])]), limit]);
}
