/**
 * A cross-encoder as one ONNX graph: question and passage are read together, and the pooled state becomes one score
 * (transformers' ...ForSequenceClassification with one label). As in the encoder's graph, all pairs of a run have the
 * same length.
 *
 * Inputs: ids [batch, length], position [length], and for BERT types [batch, length]. Output: logits [batch, 1].
 */
import { crossEncoderHead } from '../checkpoint/encoder-tensors.ts';
import { hiddenStates } from './encoder-graph.ts';
import { dense, type EncoderState, layerNorm, pool } from './encoder-parts.ts';
import { Graph } from './graph.ts';

export function crossEncoderGraph(settings: Omit<EncoderState, 'graph'>): Graph {
  const graph = new Graph();
  const state = { ...settings, graph };
  const { config } = state;
  const types =
    config.family === 'bert' ? graph.input('types', 'int64', ['batch', 'length']) : undefined;
  const hidden = hiddenStates(state, types);
  const head = crossEncoderHead(config);
  const bare = { ...state, prefix: '' }; // names of the head are full
  const isModern = config.family === 'modernbert';
  const pooled = pool(graph, hidden, isModern ? config.headPooling : 'cls'); // [batch, hidden]
  const inner = dense(bare, head.dense, pooled, config.hiddenSize, config.hiddenSize);
  const active = graph.node(isModern ? 'Gelu' : 'Tanh', [inner]);
  const normed = head.norm ? layerNorm(bare, active, head.norm) : active;
  const scores = dense(bare, head.classifier, normed, config.hiddenSize, 1);
  graph.node('Identity', [scores], { outputs: ['logits'] });
  graph.output('logits', 'float32', ['batch', 1]);
  return graph;
}
