/**
 * Attention of consecutive rows by the runtime's own operator, which leaves out what the causal mask hides and keeps a
 * head's scores in the cache. It has no weights: it is made when a model is loaded, and is not on disk.
 *
 * q [1, rows, heads * d], k (after RoPE) and v [1, rows, kvHeads * d]; `keys` and `values` [1, kvHeads, capacity, d] are
 * the sequence's own memory, in and out: the operator writes the rows there once more, where they stand already.
 */
import type { DecoderConfig } from '../types.ts';
import { Graph } from './graph.ts';

export function denseAttentionGraph(config: DecoderConfig): Graph {
  const { heads, kvHeads, headDim, attentionScale, attentionSoftCap } = config;
  const graph = new Graph();
  const memory = [1, kvHeads, 'capacity', headDim] as const;
  const inputs = [
    graph.input('q', 'float32', [1, 'rows', heads * headDim]),
    graph.input('k', 'float32', [1, 'rows', kvHeads * headDim]),
    graph.input('v', 'float32', [1, 'rows', kvHeads * headDim]),
    graph.input('keys', 'float32', memory),
    graph.input('values', 'float32', memory),
    graph.input('last', 'int32', [1]), // position of the last row
    graph.input('length', 'int32', []), // one more
  ];
  graph.node('GroupQueryAttention', inputs, {
    domain: 'com.microsoft',
    attributes: {
      num_heads: heads,
      kv_num_heads: kvHeads,
      scale: { float: attentionScale },
      ...(attentionSoftCap !== undefined && { softcap: { float: attentionSoftCap } }),
    },
    outputs: ['attended', 'keys_out', 'values_out'],
  });
  graph.output('attended', 'float32', [1, 'rows', heads * headDim]);
  graph.output('keys_out', 'float32', memory);
  graph.output('values_out', 'float32', memory);
  return graph;
}
