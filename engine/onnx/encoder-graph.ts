/**
 * A BERT encoder with pooling as one ONNX graph. All texts of a run have the same length, so there is
 * neither padding nor a mask, and a text's embedding does not depend on its batch.
 *
 * Inputs: ids [batch, length], position [length] (0, 1, 2 ...). Output: pooled [batch, hidden].
 */
import type { EncoderConfig } from '../checkpoint/encoder-config.ts';
import { Graph } from './graph.ts';
import { activation, linear, type WeightSource } from './linear.ts';

export function encoderGraph(config: EncoderConfig, source: WeightSource, prefix: string): Graph {
  const graph = new Graph();
  pool(config, graph, encoded({ graph, config, source, prefix }));
  graph.output('pooled', 'float32', ['batch', config.hiddenSize]);
  return graph;
}

/**
 * Token ids -> hidden states [batch, length, hidden].
 * @param types input with the type of each token, [batch, length]; all are of type 0 without it
 */
export function encoded(state: EncoderState, types?: string): string {
  const { graph, config } = state;
  const ids = graph.input('ids', 'int64', ['batch', 'length']);
  let x = embeddings(state, ids, types); // [batch * length, hidden]
  const byHead = shapeAfterIds(graph, ids, 'by_head', [
    config.heads,
    config.hiddenSize / config.heads,
  ]);
  for (let layer = 0; layer < config.layers; layer++) x = encoderLayer(state, x, byHead, layer);
  return graph.node('Reshape', [x, shapeAfterIds(graph, ids, 'hidden', [config.hiddenSize])]);
}

/** The shape [batch, length, ...sizes]. */
function shapeAfterIds(graph: Graph, ids: string, name: string, sizes: readonly number[]): string {
  const leading = graph.node('Shape', [ids]);
  return graph.node('Concat', [leading, graph.int64s(name, sizes)], { attributes: { axis: 0 } });
}

export interface EncoderState {
  readonly graph: Graph;
  readonly config: EncoderConfig;
  readonly source: WeightSource;
  readonly prefix: string;
}

/** word + token type + position, normalised, as [batch * length, hidden]. */
function embeddings(state: EncoderState, ids: string, types: string | undefined): string {
  const { graph, config, source, prefix } = state;
  const { hiddenSize, vocabSize, tokenTypes, positions } = config;
  const table = (name: string, rows: number) =>
    source.tensors.read(`${prefix}embeddings.${name}.weight`, [rows, hiddenSize]);
  const words = source.file.append(
    'float32',
    [vocabSize, hiddenSize],
    table('word_embeddings', vocabSize),
  );
  const places = source.file.append(
    'float32',
    [positions, hiddenSize],
    table('position_embeddings', positions),
  );
  const allTypes = table('token_type_embeddings', tokenTypes);
  const type =
    types === undefined
      ? graph.constant('token_type', allTypes.slice(0, hiddenSize))
      : graph.node('Gather', [
          graph.constant('token_types', allTypes, [tokenTypes, hiddenSize]),
          types,
        ]); // [batch, length, hidden]
  const position = graph.input('position', 'int64', ['length']);
  const word = graph.node('Gather', [graph.external('words', words), ids]); // [batch, length, hidden]
  const typed = graph.node('Add', [word, type]);
  const place = graph.node('Gather', [graph.external('positions', places), position]); // [length, hidden]
  const flat = graph.int64s('flat', [-1, hiddenSize]);
  const all = graph.node('Reshape', [graph.node('Add', [typed, place]), flat]);
  return layerNorm(state, all, 'embeddings.LayerNorm');
}

/** Post-norm transformer layer on x [batch * length, hidden]. */
function encoderLayer(state: EncoderState, x: string, byHead: string, layer: number): string {
  const { graph, config, source, prefix } = state;
  const name = `encoder.layer.${layer}`;
  const dense = (module: string, input: string, inSize: number, outSize: number) =>
    linear(graph, source, activation(graph, source, input, inSize), [
      { module: `${prefix}${name}.${module}`, outSize },
    ]);
  const attended = selfAttention(state, x, byHead, `${prefix}${name}.attention.self`);
  const projected = dense('attention.output.dense', attended, config.hiddenSize, config.hiddenSize);
  const y = layerNorm(
    state,
    graph.node('Add', [projected, x]),
    `${name}.attention.output.LayerNorm`,
  );
  const inner = graph.node('Gelu', [
    dense('intermediate.dense', y, config.hiddenSize, config.ffnSize),
  ]);
  const outer = dense('output.dense', inner, config.ffnSize, config.hiddenSize);
  return layerNorm(state, graph.node('Add', [outer, y]), `${name}.output.LayerNorm`);
}

/** x [batch * length, hidden] -> the same shape; every token attends to all tokens of its text. */
function selfAttention(
  { graph, config, source }: EncoderState,
  x: string,
  byHead: string,
  module: string,
): string {
  const { hiddenSize, heads } = config;
  const qkv = linear(
    graph,
    source,
    activation(graph, source, x, hiddenSize),
    ['query', 'key', 'value'].map((part) => ({ module: `${module}.${part}`, outSize: hiddenSize })),
  ); // [batch * length, 3 hidden]
  const parts = ['q', 'k', 'v'].map((part) => `${module}.${part}`);
  graph.node('Split', [qkv, graph.int64s('qkv_sizes', [hiddenSize, hiddenSize, hiddenSize])], {
    attributes: { axis: -1 },
    outputs: parts,
  });
  const [q, k, v] = parts.map((part) => {
    const split = graph.node('Reshape', [part, byHead]); // [batch, length, heads, d]
    return graph.node('Transpose', [split], { attributes: { perm: [0, 2, 1, 3] } }); // [batch, heads, length, d]
  }) as [string, string, string];
  const scale = { float: 1 / Math.sqrt(hiddenSize / heads) };
  const scores = graph.contrib('FusedMatMul', [q, k], { transB: 1, alpha: scale }); // [batch, heads, length, length]
  const weights = graph.node('Softmax', [scores], { attributes: { axis: -1 } });
  const mixed = graph.node('MatMul', [weights, v]); // [batch, heads, length, d]
  const merged = graph.node('Transpose', [mixed], { attributes: { perm: [0, 2, 1, 3] } });
  return graph.node('Reshape', [merged, graph.int64s('flat', [-1, hiddenSize])]);
}

function layerNorm(
  { graph, config, source, prefix }: EncoderState,
  x: string,
  module: string,
): string {
  const read = (part: string) => {
    const name = `${prefix}${module}.${part}`;
    return graph.constant(name, source.tensors.read(name, [config.hiddenSize]));
  };
  return graph.node('LayerNormalization', [x, read('weight'), read('bias')], {
    attributes: { axis: -1, epsilon: { float: config.layerNormEps } },
  });
}

/** hidden [batch, length, hidden] -> pooled [batch, hidden]. */
function pool(config: EncoderConfig, graph: Graph, hidden: string): void {
  if (config.pooling === 'mean') {
    graph.node('ReduceMean', [hidden, graph.int64s('length_axis', [1])], {
      attributes: { keepdims: 0 },
      outputs: ['pooled'],
    });
  } else {
    firstToken(graph, hidden, ['pooled']);
  }
}

/** hidden [batch, length, hidden] -> [batch, hidden]. */
export function firstToken(graph: Graph, hidden: string, outputs?: readonly string[]): string {
  const first = graph.constant('first_token', BigInt64Array.of(0n), []);
  return graph.node('Gather', [hidden, first], { attributes: { axis: 1 }, outputs });
}
