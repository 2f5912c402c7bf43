/**
 * ModernBERT (Warner et al., arXiv:2412.13663): pre-norm layers with RoPE and gated MLPs; most layers see only the
 * neighbourhood of each token.
 */
import type { ModernBertConfig } from '../checkpoint/encoder-config.ts';
import { ropeTable } from '../rope.ts';
import type { RopeSettings } from '../types.ts';
import { attendAll, dense, type EncoderState, layerNorm, shapeAfterIds } from './encoder-parts.ts';

/** Added to scores of tokens out of reach; exp of it is 0. */
const outOfReach = -1e9;

/** Shapes and tables that all layers share. */
interface Shared {
  /** The shape [batch, length, heads, d]. */
  readonly byHead: string;
  /** The shape [batch, length, hidden]. */
  readonly inTexts: string;
  readonly full: Turns;
  readonly local: Turns;
  /** [length, length] */
  readonly nearby: string;
}

/** Cosines and sines of all positions, [positions, d/2]. */
interface Turns {
  readonly cos: string;
  readonly sin: string;
}

/** ids [batch, length] and the input `position` [length] -> hidden states [batch, length, hidden]. */
export function modernBertStates(state: EncoderState<ModernBertConfig>, ids: string): string {
  const { graph, config, source, prefix } = state;
  const { hiddenSize, vocabSize, heads } = config;
  const table = source.tensors.read(`${prefix}embeddings.tok_embeddings.weight`, [
    vocabSize,
    hiddenSize,
  ]);
  const words = source.file.append('float32', [vocabSize, hiddenSize], table);
  const inTexts = shapeAfterIds(graph, ids, 'hidden', [hiddenSize]);
  const shared: Shared = {
    byHead: shapeAfterIds(graph, ids, 'by_head', [heads, hiddenSize / heads]),
    inTexts,
    full: turns(state, 'full', config.ropes.full),
    local: turns(state, 'local', config.ropes.local),
    nearby: nearbyMask(state),
  };
  const embedded = graph.node('Gather', [graph.external('words', words), ids]);
  const flat = graph.node('Reshape', [embedded, graph.int64s('flat', [-1, hiddenSize])]);
  let x = layerNorm(state, flat, `${prefix}embeddings.norm`); // [batch * length, hidden]
  for (let layer = 0; layer < config.layers; layer++) x = modernLayer(state, x, shared, layer);
  return graph.node('Reshape', [layerNorm(state, x, `${prefix}final_norm`), inTexts]);
}

function turns(
  { graph, config, source }: EncoderState<ModernBertConfig>,
  name: string,
  rope: RopeSettings,
): Turns {
  const { positions } = config;
  const half = rope.frequencies.length;
  const table = ropeTable(rope);
  table.ensure(positions);
  const store = (kind: string, values: Float32Array) =>
    graph.external(
      `${name}_${kind}`,
      source.file.append('float32', [positions, half], values.subarray(0, positions * half)),
    );
  return { cos: store('cos', table.cos), sin: store('sin', table.sin) };
}

/** 0 where two positions are within reach of each other, [length, length]. */
function nearbyMask({ graph, config }: EncoderState<ModernBertConfig>): string {
  const position = graph.input('position', 'int64', ['length']);
  const column = graph.node('Unsqueeze', [position, graph.int64s('last', [-1])]); // [length, 1]
  const distance = graph.node('Abs', [graph.node('Sub', [column, position])]); // [length, length]
  const reach = graph.constant('reach', BigInt64Array.of(BigInt(config.reach)), []);
  const scalar = (name: string, value: number) => graph.constant(name, Float32Array.of(value), []);
  return graph.node('Where', [
    graph.node('LessOrEqual', [distance, reach]),
    scalar('seen', 0),
    scalar('unseen', outOfReach),
  ]);
}

/** x [batch * length, hidden] -> the same shape. */
function modernLayer(
  state: EncoderState<ModernBertConfig>,
  x: string,
  shared: Shared,
  layer: number,
): string {
  const { graph, config, prefix } = state;
  const { hiddenSize } = config;
  const name = `layers.${layer}`;
  const normed = layer === 0 ? x : layerNorm(state, x, `${prefix}${name}.attn_norm`);
  const parts = queriesKeysValues(state, normed, shared, layer);
  const mask = config.isLocal[layer] ? shared.nearby : undefined;
  const attended = attendAll(state, parts, shared.byHead, mask);
  const y = graph.node('Add', [
    x,
    dense(state, `${name}.attn.Wo`, attended, hiddenSize, hiddenSize),
  ]);
  const mlp = gatedMlp(state, layerNorm(state, y, `${prefix}${name}.mlp_norm`), layer);
  return graph.node('Add', [y, mlp]);
}

/** q and k turned, v; [batch * length, hidden] or [batch, length, hidden]. */
function queriesKeysValues(
  state: EncoderState<ModernBertConfig>,
  x: string,
  { inTexts, full, local }: Shared,
  layer: number,
): string[] {
  const { graph, config } = state;
  const { hiddenSize, heads } = config;
  const qkv = dense(state, `layers.${layer}.attn.Wqkv`, x, hiddenSize, 3 * hiddenSize);
  const parts = ['q', 'k', 'v'].map((part) => `${part}_${layer}`);
  graph.node('Split', [qkv, graph.int64s('thirds', [hiddenSize, hiddenSize, hiddenSize])], {
    attributes: { axis: -1 },
    outputs: parts,
  });
  const { cos, sin } = config.isLocal[layer] ? local : full;
  const start = graph.int64s('first_position', [0]); // tokens follow each other from here
  const turned = parts.slice(0, 2).map((part) => {
    const batched = graph.node('Reshape', [part, inTexts]); // [batch, length, hidden]
    return graph.contrib('RotaryEmbedding', [batched, start, cos, sin], { num_heads: heads });
  });
  return [...turned, parts[2]!];
}

/** Wo(gelu(first half of Wi x) * second half). */
function gatedMlp(state: EncoderState<ModernBertConfig>, x: string, layer: number): string {
  const { graph, config } = state;
  const { hiddenSize, ffnSize } = config;
  const both = dense(state, `layers.${layer}.mlp.Wi`, x, hiddenSize, 2 * ffnSize);
  const halves = [`inner_${layer}`, `gate_${layer}`];
  graph.node('Split', [both, graph.int64s('halves', [ffnSize, ffnSize])], {
    attributes: { axis: -1 },
    outputs: halves,
  });
  const gated = graph.node('Mul', [graph.node('Gelu', [halves[0]!]), halves[1]!]);
  return dense(state, `layers.${layer}.mlp.Wo`, gated, ffnSize, hiddenSize);
}
