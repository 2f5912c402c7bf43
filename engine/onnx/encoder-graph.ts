/**
 * An encoder with pooling as one ONNX graph. All texts of a run have the same length, so there is
 * neither padding nor a mask, and a text's embedding does not depend on its batch.
 *
 * Inputs: ids [batch, length], position [length] (0, 1, 2 ...). Output: pooled [batch, hidden].
 */
import type { Pooling } from '../checkpoint/sentence-files.ts';
import { bertStates } from './bert-graph.ts';
import { type EncoderState, pool } from './encoder-parts.ts';
import { Graph } from './graph.ts';
import { modernBertStates } from './modernbert-graph.ts';

export function encoderGraph(state: Omit<EncoderState, 'graph'>, pooling: Pooling): Graph {
  const graph = new Graph();
  pool(graph, hiddenStates({ ...state, graph }), pooling, ['pooled']);
  graph.output('pooled', 'float32', ['batch', state.config.hiddenSize]);
  return graph;
}

/**
 * Token ids -> hidden states [batch, length, hidden].
 * @param types input with the type of each token, [batch, length]; all are of type 0 without it
 */
export function hiddenStates(state: EncoderState, types?: string): string {
  const { graph, config } = state;
  const ids = graph.input('ids', 'int64', ['batch', 'length']);
  return config.family === 'modernbert'
    ? modernBertStates({ ...state, config }, ids)
    : bertStates({ ...state, config }, ids, types);
}
