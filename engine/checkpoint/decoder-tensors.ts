/** Which tensors a decoder checkpoint has to hold; others would be mathematics that is left out. */
import { CheckpointError, UnsupportedCheckpointError } from '../errors.ts';
import type { DecoderCheckpointConfig } from './decoder-config.ts';
import type { CheckpointTensors } from './tensors.ts';

/** Derived buffers that some exporters store. */
const derived = /(^|\.)(rotary_emb\.inv_freq|masked_bias|position_ids)$/;

/** Rows of a linear module, or all of them. */
export interface LinearPart {
  /** Name of the module: `<module>.weight` and, if the checkpoint has it, `<module>.bias`. */
  readonly module: string;
  readonly outSize: number;
  /** Where the part begins in a module that holds several; it has `moduleRows` rows in all. */
  readonly firstRow?: number;
  readonly moduleRows?: number;
}

export interface DecoderTensorNames {
  readonly embedding: string;
  readonly layer: (index: number) => DecoderLayerNames;
  readonly finalNorm: string;
  /** Module whose weight makes the logits: the embedding itself where they are tied. */
  readonly head: string;
}

export interface DecoderLayerNames {
  readonly inputNorm: string;
  /** Queries, keys and values, in this order. */
  readonly qkv: readonly LinearPart[];
  readonly qNorm: string | undefined;
  readonly kNorm: string | undefined;
  readonly output: string;
  readonly postAttentionNorm: string | undefined;
  readonly mlpNorm: string;
  readonly gate: LinearPart;
  readonly up: LinearPart;
  readonly down: string;
  readonly postMlpNorm: string | undefined;
}

/** Module names; the tensor is `<module>.weight` and, for linear layers, `<module>.bias`. */
export function decoderTensorNames(config: DecoderCheckpointConfig): DecoderTensorNames {
  return {
    embedding: 'model.embed_tokens',
    finalNorm: 'model.norm',
    head: config.tiedEmbeddings ? 'model.embed_tokens' : 'lm_head',
    layer: (index) => layerNames(config, `model.layers.${index}`),
  };
}

function layerNames(config: DecoderCheckpointConfig, layer: string): DecoderLayerNames {
  const { heads, kvHeads, headDim, ffnSize, fused, qkNorm, postNorms } = config;
  const [qSize, kvSize] = [heads * headDim, kvHeads * headDim];
  const attention = `${layer}.self_attn`;
  const mlp = `${layer}.mlp`;
  const inFused = { module: `${mlp}.gate_up_proj`, outSize: ffnSize, moduleRows: 2 * ffnSize };
  return {
    inputNorm: `${layer}.input_layernorm`,
    qkv: fused
      ? [{ module: `${attention}.qkv_proj`, outSize: qSize + 2 * kvSize }]
      : [
          { module: `${attention}.q_proj`, outSize: qSize },
          { module: `${attention}.k_proj`, outSize: kvSize },
          { module: `${attention}.v_proj`, outSize: kvSize },
        ],
    qNorm: qkNorm ? `${attention}.q_norm` : undefined,
    kNorm: qkNorm ? `${attention}.k_norm` : undefined,
    output: `${attention}.o_proj`,
    postAttentionNorm: postNorms ? `${layer}.post_attention_layernorm` : undefined,
    mlpNorm: `${layer}.${postNorms ? 'pre_feedforward' : 'post_attention'}_layernorm`,
    gate: fused ? { ...inFused, firstRow: 0 } : { module: `${mlp}.gate_proj`, outSize: ffnSize },
    up: fused ? { ...inFused, firstRow: ffnSize } : { module: `${mlp}.up_proj`, outSize: ffnSize },
    down: `${mlp}.down_proj`,
    postMlpNorm: postNorms ? `${layer}.post_feedforward_layernorm` : undefined,
  };
}

/** The tensors that the decoder uses. Throws if one is missing or if there are others. */
export function checkDecoderTensors(
  file: string,
  config: DecoderCheckpointConfig,
  tensors: CheckpointTensors,
): readonly string[] {
  const needed = listNeeded(config);
  for (const name of needed) {
    if (!tensors.has(name))
      throw new CheckpointError(file, `the checkpoint lacks tensor "${name}"`);
  }
  for (const name of tensors.names) {
    const ignored = derived.test(name) || (name === 'lm_head.weight' && config.tiedEmbeddings);
    if (!needed.has(name) && !ignored) {
      throw new UnsupportedCheckpointError(
        file,
        name,
        'absent (this model family has no such tensor)',
        'present',
      );
    }
  }
  return [...needed];
}

function listNeeded(config: DecoderCheckpointConfig): Set<string> {
  const names = decoderTensorNames(config);
  const needed = new Set([
    `${names.embedding}.weight`,
    `${names.finalNorm}.weight`,
    `${names.head}.weight`,
  ]);
  for (let index = 0; index < config.layers; index++) {
    const layer = names.layer(index);
    const [qkv, gated] = [layer.qkv, [layer.gate, layer.up]].map((parts) =>
      parts.map(({ module }) => module),
    ) as [string[], string[]];
    const norms = [
      layer.inputNorm,
      layer.qNorm,
      layer.kNorm,
      layer.postAttentionNorm,
      layer.mlpNorm,
      layer.postMlpNorm,
    ].filter((name) => name !== undefined);
    for (const module of [...norms, ...qkv, layer.output, ...gated, layer.down])
      needed.add(`${module}.weight`);
    const biased = [
      ...(config.qkvBias ? qkv : []),
      ...(config.outputBias ? [layer.output] : []),
      ...(config.mlpBias ? [...gated, layer.down] : []),
    ];
    for (const module of biased) needed.add(`${module}.bias`);
  }
  return needed;
}
