/**
 * The pieces of a decoder as ONNX graphs. Attention sits between the pieces, so each
 * piece ends where the next attention begins:
 *
 *   first    norm + qkv of layer 0
 *   mid-l    output projection, residual, norm, MLP of layer l, then norm + qkv of layer l + 1
 *   last     output projection, residual, norm, MLP of the last layer
 *   head     final norm + logits
 *   attention  softmax(scale q kᵀ + mask) v for one sequence; it has no weights, all layers share it
 *
 * Queries leave a piece after their norm and RoPE. Keys leave it after their norm, but BEFORE RoPE: the runner
 * turns them when it writes them into their sequence, with the same code that places cached keys.
 */
import type { Activation, DecoderCheckpointConfig } from '../checkpoint/decoder-config.ts';
import { decoderTensorNames } from '../checkpoint/decoder-tensors.ts';
import { Graph } from './graph.ts';
import { activation, linear, linearUnscaled, type WeightSource } from './linear.ts';

export const pieceNames = {
  first: 'first',
  mid: (layer: number) => `mid-${String(layer).padStart(3, '0')}`,
  last: 'last',
  head: 'head',
  attention: 'attention',
} as const;

export interface DecoderPiece {
  readonly name: string;
  /** Building the graph also writes its weights. */
  readonly build: (source: WeightSource) => Graph;
}

/** All pieces in the order of their use. */
export function decoderPieces(config: DecoderCheckpointConfig): readonly DecoderPiece[] {
  const mids = Array.from({ length: config.layers - 1 }, (_, layer) => ({
    name: pieceNames.mid(layer),
    build: (source: WeightSource) => midGraph(config, source, layer),
  }));
  return [
    { name: pieceNames.attention, build: () => attentionGraph(config) },
    { name: pieceNames.first, build: (source) => firstGraph(config, source) },
    ...mids,
    { name: pieceNames.last, build: (source) => lastGraph(config, source) },
    { name: pieceNames.head, build: (source) => headGraph(config, forHead(source)) },
  ];
}

/** Half a byte a weight costs the head more than it saves: its errors go straight into the logits. */
function forHead(source: WeightSource): WeightSource {
  return source.kind === 'int4-block' ? { ...source, kind: 'int8-block' } : source;
}

function firstGraph(config: DecoderCheckpointConfig, source: WeightSource): Graph {
  const graph = new Graph();
  const x = graph.input('x', 'float32', ['rows', config.hiddenSize]);
  normAndQkv(graph, config, source, x, 0);
  return graph;
}

function midGraph(config: DecoderCheckpointConfig, source: WeightSource, layer: number): Graph {
  const graph = new Graph();
  const y = outputAndMlp(graph, config, source, layer);
  normAndQkv(graph, config, source, y, layer + 1);
  return graph;
}

function lastGraph(config: DecoderCheckpointConfig, source: WeightSource): Graph {
  const graph = new Graph();
  outputAndMlp(graph, config, source, config.layers - 1);
  return graph;
}

function headGraph(config: DecoderCheckpointConfig, source: WeightSource): Graph {
  const graph = new Graph();
  const names = decoderTensorNames(config);
  const x = graph.input('x', 'float32', ['rows', config.hiddenSize]);
  const normed = rmsNorm(graph, config, source, x, names.finalNorm);
  const parts = [{ module: names.head, outSize: config.vocabSize }];
  const logits = linear(graph, source, activation(graph, normed, config.hiddenSize), parts);
  graph.node('Identity', [softCapped(graph, logits, config.logitSoftCap, 'logit')], {
    outputs: ['logits'],
  });
  graph.output('logits', 'float32', ['rows', config.vocabSize]);
  return graph;
}

/** cap * tanh(x / cap). */
function softCapped(graph: Graph, x: string, cap: number | undefined, name: string): string {
  if (cap === undefined) return x;
  const by = graph.constant(`${name}_cap`, Float32Array.of(cap), []);
  const bounded = graph.node('Tanh', [graph.node('Div', [x, by])]);
  return graph.node('Mul', [bounded, by]);
}

/** x [rows, hidden] -> q after RoPE [rows, heads * d], k before RoPE and v [rows, kvHeads * d]. */
function normAndQkv(
  graph: Graph,
  config: DecoderCheckpointConfig,
  source: WeightSource,
  x: string,
  layer: number,
): void {
  const names = decoderTensorNames(config).layer(layer);
  const qSize = config.heads * config.headDim;
  const kvSize = config.kvHeads * config.headDim;
  const normed = rmsNorm(graph, config, source, x, names.inputNorm);
  const input = activation(graph, normed, config.hiddenSize);
  const qkv = linear(graph, source, input, names.qkv); // [rows, (heads + 2 kvHeads) * d]
  const hasRope = config.attention[layer]!.rope !== undefined;
  const [q, k] = [hasRope || names.qNorm ? 'q_plain' : 'q', names.kNorm ? 'k_plain' : 'k'];
  graph.node('Split', [qkv, graph.int64s('qkv_sizes', [qSize, kvSize, kvSize])], {
    attributes: { axis: -1 },
    outputs: [q, k, 'v'],
  });
  const queries = names.qNorm
    ? headNorm(graph, config, source, q, names.qNorm, hasRope ? 'q_normed' : 'q')
    : q;
  if (names.kNorm) headNorm(graph, config, source, k, names.kNorm, 'k');
  if (hasRope) rotateQueries(graph, config, layer, queries);
  graph.output('q', 'float32', ['rows', qSize]);
  graph.output('k', 'float32', ['rows', kvSize]);
  graph.output('v', 'float32', ['rows', kvSize]);
}

/** x [rows, heads * d], each head normalised alone. */
function headNorm(
  graph: Graph,
  config: DecoderCheckpointConfig,
  source: WeightSource,
  x: string,
  module: string,
  output: string,
): string {
  const size = (module.endsWith('q_norm') ? config.heads : config.kvHeads) * config.headDim;
  const heads = graph.node('Reshape', [x, graph.int64s('one_head', [-1, config.headDim])]); // [rows * heads, d]
  const normed = rmsNorm(graph, config, source, heads, module, config.headDim);
  return graph.node('Reshape', [normed, graph.int64s(`${output}_flat`, [-1, size])], {
    outputs: [output],
  });
}

/** The runner feeds the cosines and sines of exactly these rows, so the "position" of row i is i. */
function rotateQueries(
  graph: Graph,
  config: DecoderCheckpointConfig,
  layer: number,
  q: string,
): void {
  const size = config.heads * config.headDim;
  const half = config.ropes[config.attention[layer]!.rope!]!.frequencies.length;
  const cos = graph.input('cos', 'float32', ['rows', half]);
  const sin = graph.input('sin', 'float32', ['rows', half]);
  const rowIndex = graph.input('row_index', 'int64', [1, 'rows']);
  const batched = graph.node('Reshape', [q, graph.int64s('q_batched', [1, -1, size])]); // [1, rows, heads * d]
  const rotated = graph.contrib('RotaryEmbedding', [batched, rowIndex, cos, sin], {
    num_heads: config.heads,
    // Turns the first components of each head only; 0 means all.
    rotary_embedding_dim: 2 * half === config.headDim ? 0 : 2 * half,
  });
  graph.node('Reshape', [rotated, graph.int64s('q_flat', [-1, size])], { outputs: ['q'] });
}

/** attended [rows, heads * d] and the residual x [rows, hidden] -> y [rows, hidden]. */
function outputAndMlp(
  graph: Graph,
  config: DecoderCheckpointConfig,
  source: WeightSource,
  layer: number,
): string {
  const names = decoderTensorNames(config).layer(layer);
  const attendedSize = config.heads * config.headDim;
  const attended = graph.input('attended', 'float32', ['rows', attendedSize]);
  const x = graph.input('x', 'float32', ['rows', config.hiddenSize]);
  const projected = linear(graph, source, activation(graph, attended, attendedSize), [
    { module: names.output, outSize: config.hiddenSize },
  ]);
  const result = names.postAttentionNorm
    ? rmsNorm(graph, config, source, projected, names.postAttentionNorm)
    : projected;
  const residual = graph.node('Add', [x, result]); // [rows, hidden]
  const mlp = gatedMlp(
    graph,
    config,
    source,
    rmsNorm(graph, config, source, residual, names.mlpNorm),
    layer,
  );
  graph.output('y', 'float32', ['rows', config.hiddenSize]);
  const added = names.postMlpNorm ? rmsNorm(graph, config, source, mlp, names.postMlpNorm) : mlp;
  return graph.node('Add', [residual, added], { outputs: ['y'] });
}

/** down(act(gate(x)) * up(x)); the row scale of `up` is applied after `down`, where rows are shorter. */
function gatedMlp(
  graph: Graph,
  config: DecoderCheckpointConfig,
  source: WeightSource,
  x: string,
  layer: number,
): string {
  const names = decoderTensorNames(config).layer(layer);
  const input = activation(graph, x, config.hiddenSize);
  const gate = linear(graph, source, input, [names.gate]); // [rows, ffn]
  const up = linearUnscaled(graph, source, input, [names.up]);
  const inner = graph.node('Mul', [activated(graph, gate, config.activation), up.y]); // [rows, ffn]
  const down = linear(graph, source, activation(graph, inner, config.ffnSize), [
    { module: names.down, outSize: config.hiddenSize },
  ]);
  return up.pendingScale === undefined ? down : graph.node('Mul', [down, up.pendingScale]);
}

function activated(graph: Graph, x: string, kind: Activation): string {
  if (kind === 'silu') return graph.contrib('QuickGelu', [x], { alpha: { float: 1 } }); // x * sigmoid(1 x)
  const approximate = kind === 'gelu-tanh' ? 'tanh' : 'none';
  return graph.node('Gelu', [x], { attributes: { approximate } });
}

function rmsNorm(
  graph: Graph,
  config: DecoderCheckpointConfig,
  source: WeightSource,
  x: string,
  module: string,
  size: number = config.hiddenSize,
): string {
  const stored = source.tensors.read(`${module}.weight`, [size]);
  const weight = graph.constant(
    module,
    stored.map((value) => value + config.normOffset),
  );
  return graph.node('SimplifiedLayerNormalization', [x, weight], {
    attributes: { axis: -1, epsilon: { float: config.rmsNormEps } },
  });
}

/**
 * Inputs: q [rows, heads * d] after RoPE; per key/value head h, `k<h>` and `v<h>` [length, d]: the
 * prefix of the sequence that the rows may see; mask [rows, length], 0 or a very negative number.
 * Matrices with a two-dimensional right side are multiplied as one [group * rows, d] product.
 */
export function attentionGraph(
  config: Pick<
    DecoderCheckpointConfig,
    'heads' | 'kvHeads' | 'headDim' | 'attentionScale' | 'attentionSoftCap'
  >,
): Graph {
  const { heads, kvHeads, headDim } = config;
  const graph = new Graph();
  const group = heads / kvHeads;
  const q = graph.input('q', 'float32', ['rows', heads * headDim]);
  const byRow = graph.node('Reshape', [q, graph.int64s('by_head', [-1, heads, headDim])]); // [rows, heads, d]
  const byHead = graph.node('Transpose', [byRow], { attributes: { perm: [1, 0, 2] } }); // [heads, rows, d]
  const groups = splitGroups(graph, byHead, kvHeads, group);
  const mask = graph.input('mask', 'float32', ['rows', 'length']);
  const attended = groups.map((queries, head) => {
    const k = graph.input(`k${head}`, 'float32', ['length', headDim]);
    const v = graph.input(`v${head}`, 'float32', ['length', headDim]);
    const scale = { float: config.attentionScale };
    const scores = graph.contrib('FusedMatMul', [queries, k], { transB: 1, alpha: scale }); // [group, rows, length]
    const capped = softCapped(graph, scores, config.attentionSoftCap, 'score');
    const masked = graph.node('Add', [capped, mask]);
    const weights = graph.node('Softmax', [masked], { attributes: { axis: -1 } });
    return graph.node('MatMul', [weights, v]); // [group, rows, d]
  });
  const all =
    attended.length === 1
      ? attended[0]!
      : graph.node('Concat', attended, { attributes: { axis: 0 } });
  const merged = graph.node('Transpose', [all], { attributes: { perm: [1, 0, 2] } }); // [rows, heads, d]
  graph.node('Reshape', [merged, graph.int64s('flat', [-1, heads * headDim])], {
    outputs: ['attended'],
  });
  graph.output('attended', 'float32', ['rows', heads * headDim]);
  return graph;
}

/** [heads, rows, d] -> one [group, rows, d] per key/value head. */
function splitGroups(
  graph: Graph,
  byHead: string,
  kvHeads: number,
  group: number,
): readonly string[] {
  if (kvHeads === 1) return [byHead];
  const outputs = Array.from({ length: kvHeads }, (_, head) => `q_group_${head}`);
  graph.node(
    'Split',
    [byHead, graph.int64s('group_sizes', new Array<number>(kvHeads).fill(group))],
    {
      attributes: { axis: 0 },
      outputs,
    },
  );
  return outputs;
}
