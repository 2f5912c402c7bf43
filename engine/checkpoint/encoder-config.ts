/** `config.json` of an encoder: BERT, RoBERTa and XLM-RoBERTa, ModernBERT. What cannot be computed is refused by name. */
import { UnsupportedCheckpointError } from '../errors.ts';
import type { RopeSettings } from '../types.ts';
import { type ConfigReader, configReader, harmlessKeys } from './config-reader.ts';
import { type CheckpointFolder, isObject } from './folder.ts';
import { readLayerTypes } from './layer-types.ts';
import { readRopePair } from './rope-config.ts';
import { readMaxTokens, readSentenceSettings, type SentenceSettings } from './sentence-files.ts';

interface EncoderShape {
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly ffnSize: number;
  readonly vocabSize: number;
  /** Longest sequence. */
  readonly positions: number;
  readonly layerNormEps: number;
}

/** Post-norm layers over learned positions. */
export interface BertConfig extends EncoderShape {
  readonly family: 'bert' | 'roberta';
  /** Row of the position table that the first token takes: RoBERTa begins behind its padding token. */
  readonly firstPosition: number;
  readonly tokenTypes: number;
}

/** Pre-norm layers with RoPE and gated MLPs; some of them see only their neighbourhood. */
export interface ModernBertConfig extends EncoderShape {
  readonly family: 'modernbert';
  readonly ropes: { readonly full: RopeSettings; readonly local: RopeSettings };
  /** One per layer. */
  readonly isLocal: readonly boolean[];
  /** A token of a local layer sees this many tokens to either side. */
  readonly reach: number;
  readonly normBias: boolean;
  readonly attentionBias: boolean;
  readonly mlpBias: boolean;
  /** Biases of the cross-encoder's inner layer, and what it pools. */
  readonly headBias: boolean;
  readonly headPooling: 'cls' | 'mean';
}

export type EncoderConfig = BertConfig | ModernBertConfig;

export interface EmbedderConfig {
  readonly encoder: EncoderConfig;
  readonly sentence: SentenceSettings;
}

export function readEmbedderConfig(folder: CheckpointFolder): EmbedderConfig {
  const encoder = readEncoder(folder);
  return { encoder, sentence: readSentenceSettings(folder, encoder.positions) };
}

export interface CrossEncoderConfig {
  readonly encoder: EncoderConfig;
  readonly maxTokens: number;
  readonly lowerCase: boolean;
}

/** Of a sequence classifier with one label; refuses other heads. */
export function readCrossEncoderConfig(folder: CheckpointFolder): CrossEncoderConfig {
  const labels = folder.readJson('config.json')['id2label'];
  const count = isObject(labels) ? Object.keys(labels).length : 2; // transformers' default
  if (count !== 1) {
    const file = folder.pathOf('config.json');
    throw new UnsupportedCheckpointError(file, 'id2label', 'one label (a relevance score)', labels);
  }
  const encoder = readEncoder(folder);
  const transformer = folder.readJsonIfPresent('sentence_bert_config.json') ?? {};
  return {
    encoder,
    maxTokens: readMaxTokens(folder, transformer, encoder.positions),
    lowerCase: transformer['do_lower_case'] === true,
  };
}

function readEncoder(folder: CheckpointFolder): EncoderConfig {
  const config = configReader(folder.pathOf('config.json'), folder.readJson('config.json'));
  config.oneOf('model_type', ['bert', 'roberta', 'xlm-roberta', 'camembert', 'modernbert']);
  const type = config.raw('model_type');
  const result = type === 'modernbert' ? readModernBert(config) : readBert(config, type !== 'bert');
  config.refuseOthers(harmlessKeys);
  if (result.hiddenSize % result.heads !== 0)
    throw config.unsupported('num_attention_heads', 'a divisor of hidden_size');
  return result;
}

function readShape(config: ConfigReader) {
  return {
    hiddenSize: config.integer('hidden_size'),
    layers: config.integer('num_hidden_layers'),
    heads: config.integer('num_attention_heads'),
    ffnSize: config.integer('intermediate_size'),
    vocabSize: config.integer('vocab_size'),
  };
}

function readBert(config: ConfigReader, isRoberta: boolean): BertConfig {
  config.oneOf('hidden_act', [undefined, 'gelu']);
  config.oneOf('position_embedding_type', [undefined, 'absolute']);
  config.oneOf('is_decoder', [undefined, false]);
  config.oneOf('add_cross_attention', [undefined, false]);
  config.oneOf('tie_word_embeddings', [undefined, true, false]); // concerns the masked-language head only
  const padding = config.raw('pad_token_id') ?? 1;
  if (isRoberta && !(Number.isSafeInteger(padding) && (padding as number) >= 0))
    throw config.unsupported('pad_token_id', 'a token id, behind which positions begin');
  const firstPosition = isRoberta ? (padding as number) + 1 : 0;
  return {
    family: isRoberta ? 'roberta' : 'bert',
    ...readShape(config),
    positions: config.integer('max_position_embeddings', 512) - firstPosition,
    firstPosition,
    tokenTypes: config.integer('type_vocab_size', 2),
    layerNormEps: config.positive('layer_norm_eps', 1e-12),
  };
}

/** Settings of training, of heads that are not used, and of kernels. */
const modernBertHarmless = new Set([
  'cls_token_id',
  'decoder_bias',
  'deterministic_flash_attn',
  'embedding_dropout',
  'initializer_cutoff_factor',
  'layer_norm_eps', // norm_eps is what counts
  'mask_token_id',
  'mlp_dropout',
  'position_embedding_type',
  'reference_compile',
  'repad_logits_with_grad',
  'sparse_pred_ignore_index',
  'sparse_prediction',
  'tie_word_embeddings',
]);

function readModernBert(config: ConfigReader): ModernBertConfig {
  for (const key of modernBertHarmless) config.raw(key);
  config.oneOf('hidden_activation', [undefined, 'gelu']);
  config.oneOf('classifier_activation', [undefined, 'gelu']);
  config.oneOf('classifier_pooling', [undefined, 'cls', 'mean']);
  const shape = readShape(config);
  const positions = config.integer('max_position_embeddings', 8192);
  const { full, local } = readRopePair(
    config,
    {
      headDim: shape.hiddenSize / shape.heads,
      maxPositions: positions,
      defaultTheta: 160_000,
      mayBePartial: false,
      contextTokens: 0,
    },
    { full: 'global_rope_theta', local: 'local_rope_theta', localTheta: 10_000 },
  );
  return {
    family: 'modernbert',
    ...shape,
    positions,
    layerNormEps: config.positive('norm_eps', 1e-5),
    ropes: {
      full: { frequencies: full.frequencies, amplitude: full.amplitude },
      local: { frequencies: local.frequencies, amplitude: local.amplitude },
    },
    isLocal: readLocalLayers(config, shape.layers),
    reach: Math.floor(config.integer('local_attention', 128) / 2),
    normBias: config.flag('norm_bias', false),
    attentionBias: config.flag('attention_bias', false),
    mlpBias: config.flag('mlp_bias', false),
    headBias: config.flag('classifier_bias', false),
    headPooling: config.raw('classifier_pooling') === 'mean' ? 'mean' : 'cls',
  };
}

function readLocalLayers(config: ConfigReader, layers: number): boolean[] {
  const interval = config.integer('global_attn_every_n_layers', 3);
  return (
    readLayerTypes(config, layers) ?? Array.from({ length: layers }, (_, i) => i % interval !== 0)
  );
}
