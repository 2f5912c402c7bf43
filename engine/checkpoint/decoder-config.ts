/**
 * `config.json` of a decoder (the families of decoder-families.ts), in the dialects of transformers 4.x and 5.x. What
 * this engine cannot compute is refused by name.
 */
import type { DecoderConfig } from '../types.ts';
import { type ConfigReader, configReader, harmlessKeys } from './config-reader.ts';
import { type DecoderFamily, readFamily } from './decoder-families.ts';
import { readLayers } from './decoder-layers.ts';
import type { CheckpointFolder, JsonObject } from './folder.ts';
import type { CheckpointTensors } from './tensors.ts';

export type Activation = 'silu' | 'gelu' | 'gelu-tanh';

/** What the graphs need beyond the public description. */
export interface DecoderCheckpointConfig extends DecoderConfig {
  readonly qkvBias: boolean;
  readonly outputBias: boolean;
  readonly mlpBias: boolean;
  /** RMS norm of each head's queries and keys. */
  readonly qkNorm: boolean;
  /** q, k, v in one tensor; gate and up in another. */
  readonly fused: boolean;
  /** Norms behind attention and MLP, before their results are added. */
  readonly postNorms: boolean;
  /** Added to the weights of norms. */
  readonly normOffset: 0 | 1;
  readonly activation: Activation;
}

/** @param contextTokens longest sequence that is wanted; beyond its original context LongRoPE turns otherwise */
export function readDecoderConfig(
  folder: CheckpointFolder,
  tensors: CheckpointTensors,
  contextTokens: number,
): DecoderCheckpointConfig {
  const json = folder.readJson('config.json');
  const config = configReader(folder.pathOf('config.json'), json);
  const { modelType, family } = readFamily(config);
  const shape = readShape(config, family);
  const { ropes, attention } = readLayers(config, {
    ...shape,
    modelType,
    contextTokens,
    defaultTheta: family.theta,
    mayBePartial: family.partialRotary === true,
  });
  const isGemma = family.gemma === true;
  const attentionBias = config.flag('attention_bias', false);
  const result: DecoderCheckpointConfig = {
    modelType,
    ...shape,
    maxPositions: Math.min(
      shape.maxPositions,
      ...ropes.flatMap(({ maxPositions }) => maxPositions ?? []),
    ),
    ropes: ropes.map(({ frequencies, amplitude }) => ({ frequencies, amplitude })),
    attention,
    attentionScale:
      (isGemma ? config.positive('query_pre_attn_scalar', 256) : shape.headDim) ** -0.5,
    attentionSoftCap:
      modelType === 'gemma2' ? softCap(config, 'attn_logit_softcapping', 50) : undefined,
    logitSoftCap: isGemma
      ? softCap(config, 'final_logit_softcapping', modelType === 'gemma2' ? 30 : undefined)
      : undefined,
    embeddingScale: isGemma ? Math.fround(Math.sqrt(shape.hiddenSize)) : 1,
    rmsNormEps: config.positive('rms_norm_eps', family.eps),
    tiedEmbeddings: readTied(config, tensors),
    qkvBias: attentionBias || family.qkvBias === true,
    outputBias: attentionBias,
    mlpBias: config.flag('mlp_bias', false),
    qkNorm: family.qkNorm === true,
    fused: family.fused === true,
    postNorms: isGemma,
    normOffset: isGemma ? 1 : 0,
    activation: readActivation(config, isGemma),
    bosId: firstId(json['bos_token_id']),
    eosIds: readEosIds(json, folder.readJsonIfPresent('generation_config.json')),
  };
  config.oneOf('rope_interleaved', [undefined, false]);
  config.refuseOthers(harmlessKeys);
  checkHeads(config, result);
  return result;
}

function readShape(config: ConfigReader, family: DecoderFamily) {
  const hiddenSize = config.integer('hidden_size');
  const heads = config.integer('num_attention_heads');
  return {
    hiddenSize,
    layers: config.integer('num_hidden_layers'),
    heads,
    kvHeads: config.integer(
      'num_key_value_heads',
      readsAsNull(config) ? heads : (family.kvHeads ?? heads),
    ),
    headDim: config.integer('head_dim', family.headDim ?? hiddenSize / heads),
    ffnSize: config.integer('intermediate_size'),
    vocabSize: config.integer('vocab_size'),
    maxPositions: config.integer('max_position_embeddings', family.positions),
  };
}

/** A null means as many as there are heads; only an absent key means the family's default. */
function readsAsNull(config: ConfigReader): boolean {
  return config.has('num_key_value_heads');
}

/** null switches the cap off; an absent key means the family's default. */
function softCap(
  config: ConfigReader,
  key: string,
  fallback: number | undefined,
): number | undefined {
  if (config.raw(key) !== undefined) return config.positive(key);
  return config.has(key) ? undefined : fallback;
}

/** Gemma's checkpoints carry both keys; the reference reads `hidden_activation`. */
function readActivation(config: ConfigReader, isGemma: boolean): Activation {
  const key = isGemma ? 'hidden_activation' : 'hidden_act';
  if (isGemma) config.oneOf('hidden_act', [undefined, 'gelu_pytorch_tanh', 'gelu']);
  config.oneOf(key, [undefined, ...Object.keys(activations)]);
  return activations[String(config.raw(key))] ?? (isGemma ? 'gelu-tanh' : 'silu');
}

const activations: Readonly<Record<string, Activation>> = {
  silu: 'silu',
  swish: 'silu',
  gelu: 'gelu',
  gelu_pytorch_tanh: 'gelu-tanh',
};

function checkHeads(config: ConfigReader, { heads, kvHeads, headDim }: DecoderConfig): void {
  if (heads % kvHeads !== 0)
    throw config.unsupported('num_key_value_heads', `a divisor of ${heads}`);
  if (headDim % 2 !== 0) throw config.unsupported('head_dim', 'even (RoPE turns pairs)');
}

function readTied(config: ConfigReader, tensors: CheckpointTensors): boolean {
  // The default of an absent key differs by class; without `lm_head.weight` it can only be tied.
  const stated = config.raw('tie_word_embeddings');
  return config.flag('tie_word_embeddings', stated === undefined && !tensors.has('lm_head.weight'));
}

function readEosIds(config: JsonObject, generation: JsonObject | undefined): number[] {
  const ids = [config['eos_token_id'], generation?.['eos_token_id']].flat();
  return [...new Set(ids.filter((id): id is number => Number.isSafeInteger(id)))];
}

function firstId(value: unknown): number | undefined {
  const [id] = [value].flat();
  return Number.isSafeInteger(id) ? (id as number) : undefined;
}
