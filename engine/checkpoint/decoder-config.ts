/**
 * `config.json` of a Llama-family decoder, in the dialects of transformers 4.x (`rope_theta`,
 * `rope_scaling`) and 5.x (`rope_parameters`). What this engine cannot compute is refused by name.
 */
import { UnsupportedCheckpointError } from '../errors.ts';
import type { DecoderConfig } from '../types.ts';
import { type ConfigReader, configReader, harmlessKeys } from './config-reader.ts';
import { type CheckpointFolder, isObject, type JsonObject } from './folder.ts';
import type { CheckpointTensors } from './tensors.ts';

const architectures: Readonly<Record<string, string>> = {
  llama: 'LlamaForCausalLM',
  qwen2: 'Qwen2ForCausalLM',
  mistral: 'MistralForCausalLM',
};

/** What the graphs need beyond the public description. */
export interface DecoderCheckpointConfig extends DecoderConfig {
  readonly outputBias: boolean;
  readonly mlpBias: boolean;
}

export function readDecoderConfig(
  folder: CheckpointFolder,
  tensors: CheckpointTensors,
): DecoderCheckpointConfig {
  const json = folder.readJson('config.json');
  const config = configReader(folder.pathOf('config.json'), json);
  const modelType = readFamily(config);
  const hiddenSize = config.integer('hidden_size');
  const heads = config.integer('num_attention_heads');
  const maxPositions = config.integer('max_position_embeddings', 2048);
  refuseSlidingWindow(config, modelType, maxPositions);
  config.oneOf('hidden_act', [undefined, 'silu', 'swish']);
  const attentionBias = config.flag('attention_bias', false);
  const result: DecoderCheckpointConfig = {
    modelType,
    hiddenSize,
    layers: config.integer('num_hidden_layers'),
    heads,
    kvHeads: config.integer('num_key_value_heads', heads),
    headDim: config.integer('head_dim', hiddenSize / heads),
    ffnSize: config.integer('intermediate_size'),
    vocabSize: config.integer('vocab_size'),
    maxPositions,
    ropeTheta: readRopeTheta(config),
    rmsNormEps: config.positive('rms_norm_eps', 1e-6),
    tiedEmbeddings: readTied(config, tensors),
    qkvBias: attentionBias || modelType === 'qwen2',
    outputBias: attentionBias,
    mlpBias: config.flag('mlp_bias', false),
    bosId: firstId(json['bos_token_id']),
    eosIds: readEosIds(json, folder.readJsonIfPresent('generation_config.json')),
  };
  config.oneOf('rope_interleaved', [undefined, false]);
  config.refuseOthers(harmlessKeys);
  checkHeads(config, result);
  return result;
}

function readFamily(config: ConfigReader): string {
  config.oneOf('model_type', Object.keys(architectures));
  const modelType = config.raw('model_type') as string;
  const listed = config.raw('architectures');
  if (
    listed !== undefined &&
    !(Array.isArray(listed) && listed.includes(architectures[modelType]))
  ) {
    throw config.unsupported('architectures', `["${architectures[modelType]}"]`);
  }
  return modelType;
}

function checkHeads(config: ConfigReader, { heads, kvHeads, headDim }: DecoderConfig): void {
  if (heads % kvHeads !== 0)
    throw config.unsupported('num_key_value_heads', `a divisor of ${heads}`);
  if (headDim % 2 !== 0) throw config.unsupported('head_dim', 'even (RoPE turns pairs)');
}

/** A window that is at least as long as the longest sequence never hides anything. */
function refuseSlidingWindow(config: ConfigReader, modelType: string, maxPositions: number): void {
  const window = config.raw('sliding_window');
  const inUse = config.flag('use_sliding_window', modelType === 'mistral');
  if (inUse && window !== undefined && !(typeof window === 'number' && window >= maxPositions)) {
    throw config.unsupported(
      'sliding_window',
      `absent or at least max_position_embeddings (${maxPositions})`,
    );
  }
  const layerTypes = config.raw('layer_types');
  if (layerTypes === undefined) return;
  if (!Array.isArray(layerTypes) || layerTypes.some((type) => type !== 'full_attention')) {
    throw config.unsupported('layer_types', '"full_attention" in every layer');
  }
}

function readRopeTheta(config: ConfigReader): number {
  for (const key of ['rope_parameters', 'rope_scaling']) checkRope(config, key);
  const parameters = config.raw('rope_parameters');
  const theta = config.raw('rope_theta');
  if (!isObject(parameters) || parameters['rope_theta'] === undefined)
    return config.positive('rope_theta', 10_000);
  const inner = configReader(config.file, parameters).positive('rope_theta');
  if (theta !== undefined && theta !== inner)
    throw config.unsupported('rope_theta', `${inner}, as in rope_parameters`);
  return inner;
}

function checkRope(config: ConfigReader, key: string): void {
  const rope = config.raw(key);
  if (rope === undefined) return;
  if (!isObject(rope)) throw config.unsupported(key, 'an object');
  const allowed: JsonObject = { rope_type: 'default', type: 'default', partial_rotary_factor: 1 };
  for (const [name, value] of Object.entries(rope)) {
    if (name === 'rope_theta' || value === null || allowed[name] === value) continue;
    const expected =
      name in allowed ? JSON.stringify(allowed[name]) : 'absent (RoPE scaling is not supported)';
    throw new UnsupportedCheckpointError(config.file, `${key}.${name}`, expected, value);
  }
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
