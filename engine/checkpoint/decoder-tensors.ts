/** Which tensors a Llama-family checkpoint has to hold; others would be mathematics that is left out. */
import { CheckpointError, UnsupportedCheckpointError } from '../errors.ts';
import type { DecoderCheckpointConfig } from './decoder-config.ts';
import type { CheckpointTensors } from './tensors.ts';

/** Derived buffers that some exporters store. */
const derived = /(^|\.)(rotary_emb\.inv_freq|masked_bias|position_ids)$/;

export interface DecoderTensorNames {
  readonly embedding: string;
  readonly layer: (index: number) => DecoderLayerNames;
  readonly finalNorm: string;
  /** Module whose weight makes the logits: the embedding itself where they are tied. */
  readonly head: string;
}

export interface DecoderLayerNames {
  readonly inputNorm: string;
  readonly q: string;
  readonly k: string;
  readonly v: string;
  readonly output: string;
  readonly mlpNorm: string;
  readonly gate: string;
  readonly up: string;
  readonly down: string;
}

/** Module names; the tensor is `<module>.weight` and, for linear layers, `<module>.bias`. */
export function decoderTensorNames(config: DecoderCheckpointConfig): DecoderTensorNames {
  return {
    embedding: 'model.embed_tokens',
    finalNorm: 'model.norm',
    head: config.tiedEmbeddings ? 'model.embed_tokens' : 'lm_head',
    layer: (index) => ({
      inputNorm: `model.layers.${index}.input_layernorm`,
      q: `model.layers.${index}.self_attn.q_proj`,
      k: `model.layers.${index}.self_attn.k_proj`,
      v: `model.layers.${index}.self_attn.v_proj`,
      output: `model.layers.${index}.self_attn.o_proj`,
      mlpNorm: `model.layers.${index}.post_attention_layernorm`,
      gate: `model.layers.${index}.mlp.gate_proj`,
      up: `model.layers.${index}.mlp.up_proj`,
      down: `model.layers.${index}.mlp.down_proj`,
    }),
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
    for (const module of Object.values(layer)) needed.add(`${module}.weight`);
    const biased = [
      ...(config.qkvBias ? [layer.q, layer.k, layer.v] : []),
      ...(config.outputBias ? [layer.output] : []),
      ...(config.mlpBias ? [layer.gate, layer.up, layer.down] : []),
    ];
    for (const module of biased) needed.add(`${module}.bias`);
  }
  return needed;
}
