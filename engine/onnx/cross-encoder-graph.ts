/**
 * A BERT cross-encoder as one ONNX graph: question and passage are read together, and the first token's state becomes
 * one score (transformers' BertForSequenceClassification with one label). As in the encoder's graph, all pairs of a
 * run have the same length.
 *
 * Inputs: ids and types [batch, length], position [length]. Output: logits [batch, 1].
 */
import { crossEncoderHead } from '../checkpoint/encoder-tensors.ts';
import type { EncoderConfig } from '../checkpoint/encoder-config.ts';
import { encoded, firstToken } from './encoder-graph.ts';
import { Graph } from './graph.ts';
import { activation, linear, type WeightSource } from './linear.ts';

export function crossEncoderGraph(config: EncoderConfig, source: WeightSource): Graph {
  const graph = new Graph();
  const types = graph.input('types', 'int64', ['batch', 'length']);
  const hidden = encoded({ graph, config, source, prefix: 'bert.' }, types);
  const [pooler, classifier] = crossEncoderHead;
  const dense = (module: string, x: string, outSize: number): string =>
    linear(graph, source, activation(graph, source, x, config.hiddenSize), [{ module, outSize }]);
  const first = firstToken(graph, hidden); // [batch, hidden]
  const pooled = graph.node('Tanh', [dense(pooler, first, config.hiddenSize)]);
  graph.node('Identity', [dense(classifier, pooled, 1)], { outputs: ['logits'] });
  graph.output('logits', 'float32', ['batch', 1]);
  return graph;
}
