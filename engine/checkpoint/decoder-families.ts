/**
 * What sets the supported decoder families apart. Everything else is the same pre-norm transformer with RoPE,
 * grouped key/value heads and a gated MLP. Defaults are those of transformers' configuration classes: they count where
 * `config.json` leaves a key out.
 */
import type { ConfigReader } from './config-reader.ts';

export interface DecoderFamily {
  readonly architecture: string;
  readonly theta: number;
  readonly eps: number;
  /** Longest sequence if the checkpoint names none. */
  readonly positions: number;
  readonly kvHeads?: number;
  readonly headDim?: number;
  /** q, k and v have biases whatever the configuration says. */
  readonly qkvBias?: true;
  /** Queries and keys are normalised per head. */
  readonly qkNorm?: true;
  /** One tensor holds q, k and v, and one gate and up. */
  readonly fused?: true;
  /**
   * Norms multiply by 1 + weight and stand behind attention and MLP, too; embeddings are multiplied by the root of
   * their size; scores are scaled by `query_pre_attn_scalar`.
   */
  readonly gemma?: true;
  /** Part of a head may stay unturned. */
  readonly partialRotary?: true;
  /** Keys that must have one value, since others are mathematics that the engine does not have. */
  readonly fixed?: Readonly<Record<string, unknown>>;
}

const families: Readonly<Record<string, DecoderFamily>> = {
  llama: { architecture: 'LlamaForCausalLM', theta: 1e4, eps: 1e-6, positions: 2048 },
  mistral: {
    architecture: 'MistralForCausalLM',
    theta: 1e4,
    eps: 1e-6,
    positions: 131_072,
    kvHeads: 8,
  },
  qwen2: {
    architecture: 'Qwen2ForCausalLM',
    theta: 1e4,
    eps: 1e-6,
    positions: 32_768,
    kvHeads: 32,
    qkvBias: true,
    fixed: { use_mrope: false },
  },
  qwen3: {
    architecture: 'Qwen3ForCausalLM',
    theta: 1e4,
    eps: 1e-6,
    positions: 32_768,
    kvHeads: 32,
    headDim: 128,
    qkNorm: true,
  },
  smollm3: {
    architecture: 'SmolLM3ForCausalLM',
    theta: 2e6,
    eps: 1e-6,
    positions: 32_768,
    kvHeads: 4,
  },
  gemma2: {
    architecture: 'Gemma2ForCausalLM',
    theta: 1e4,
    eps: 1e-6,
    positions: 8192,
    kvHeads: 4,
    headDim: 256,
    gemma: true,
    fixed: { use_bidirectional_attention: false },
  },
  gemma3_text: {
    architecture: 'Gemma3ForCausalLM',
    theta: 1e6,
    eps: 1e-6,
    positions: 131_072,
    kvHeads: 4,
    headDim: 256,
    gemma: true,
    qkNorm: true,
    // The reference reads the first of them nowhere in attention.
    fixed: { attn_logit_softcapping: null, use_bidirectional_attention: false },
  },
  phi3: {
    architecture: 'Phi3ForCausalLM',
    theta: 1e4,
    eps: 1e-5,
    positions: 4096,
    fused: true,
    partialRotary: true,
    fixed: { attention_bias: false, lm_head_bias: false, full_attn_mod: 1, interpolate_factor: 1 },
  },
};

/** The family that `model_type` names. Throws for others, and for another head than the language model's. */
export function readFamily(config: ConfigReader): { modelType: string; family: DecoderFamily } {
  config.oneOf('model_type', Object.keys(families));
  const modelType = config.raw('model_type') as string;
  const family = families[modelType]!;
  const listed = config.raw('architectures');
  if (listed !== undefined && !(Array.isArray(listed) && listed.includes(family.architecture))) {
    throw config.unsupported('architectures', `["${family.architecture}"]`);
  }
  for (const [key, value] of Object.entries(family.fixed ?? {})) {
    config.oneOf(key, [undefined, value]);
  }
  return { modelType, family };
}
