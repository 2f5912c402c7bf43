/** What the graphs of all encoders share: shapes, norms, attention over whole texts, pooling. */
import type { EncoderConfig } from '../checkpoint/encoder-config.ts';
import type { Pooling } from '../checkpoint/sentence-files.ts';
import type { Graph } from './graph.ts';
import { activation, linear, type WeightSource } from './linear.ts';

export interface EncoderState<Config extends EncoderConfig = EncoderConfig> {
  readonly graph: Graph;
  readonly config: Config;
  readonly source: WeightSource;
  /** Put before the names of the encoder's tensors. */
  readonly prefix: string;
}

/** The shape [batch, length, ...sizes]. */
export function shapeAfterIds(
  graph: Graph,
  ids: string,
  name: string,
  sizes: readonly number[],
): string {
  const leading = graph.node('Shape', [ids]);
  return graph.node('Concat', [leading, graph.int64s(name, sizes)], { attributes: { axis: 0 } });
}

/** x [.., inSize] -> [.., outSize] by one linear module of the encoder. */
export function dense(
  { graph, source, prefix }: EncoderState,
  module: string,
  x: string,
  inSize: number,
  outSize: number,
): string {
  const input = activation(graph, x, inSize);
  return linear(graph, source, input, [{ module: prefix + module, outSize }]);
}

export function layerNorm(
  { graph, config, source }: EncoderState,
  x: string,
  module: string,
): string {
  const read = (part: string) => {
    const name = `${module}.${part}`;
    return graph.constant(name, source.tensors.read(name, [config.hiddenSize]));
  };
  const inputs = [x, read('weight')];
  if (source.tensors.has(`${module}.bias`)) inputs.push(read('bias'));
  return graph.node('LayerNormalization', inputs, {
    attributes: { axis: -1, epsilon: { float: config.layerNormEps } },
  });
}

/**
 * Attention of every token to all tokens of its text.
 * @param parts q, k and v, [batch * length, hidden] each
 * @param byHead the shape [batch, length, heads, d]
 * @param mask added to the scores, [length, length]
 * @returns [batch * length, hidden]
 */
export function attendAll(
  { graph, config }: EncoderState,
  parts: readonly string[],
  byHead: string,
  mask?: string,
): string {
  const { hiddenSize, heads } = config;
  const [q, k, v] = parts.map((part) => {
    const split = graph.node('Reshape', [part, byHead]); // [batch, length, heads, d]
    return graph.node('Transpose', [split], { attributes: { perm: [0, 2, 1, 3] } }); // [batch, heads, length, d]
  }) as [string, string, string];
  const scale = { float: 1 / Math.sqrt(hiddenSize / heads) };
  const scores = graph.contrib('FusedMatMul', [q, k], { transB: 1, alpha: scale }); // [batch, heads, length, length]
  const masked = mask === undefined ? scores : graph.node('Add', [scores, mask]);
  const weights = graph.node('Softmax', [masked], { attributes: { axis: -1 } });
  const mixed = graph.node('MatMul', [weights, v]); // [batch, heads, length, d]
  const merged = graph.node('Transpose', [mixed], { attributes: { perm: [0, 2, 1, 3] } });
  return graph.node('Reshape', [merged, graph.int64s('flat', [-1, hiddenSize])]);
}

/** hidden [batch, length, hidden] -> [batch, hidden]. All texts of a run have the same length. */
export function pool(
  graph: Graph,
  hidden: string,
  pooling: Pooling,
  outputs?: readonly string[],
): string {
  if (pooling === 'mean') {
    return graph.node('ReduceMean', [hidden, graph.int64s('length_axis', [1])], {
      attributes: { keepdims: 0 },
      outputs,
    });
  }
  const at = graph.constant('pooled_token', BigInt64Array.of(pooling === 'cls' ? 0n : -1n), []);
  return graph.node('Gather', [hidden, at], { attributes: { axis: 1 }, outputs });
}
