/**
 * `config.json` of a BERT encoder and the sentence-transformers files around it (modules.json, pooling,
 * prompts, sequence length).
 */
import { CheckpointError, UnsupportedCheckpointError } from '../errors.ts';
import { configReader, harmlessKeys } from './config-reader.ts';
import { type CheckpointFolder, isObject, type JsonObject } from './folder.ts';

export type Pooling = 'mean' | 'cls';

export interface EncoderConfig {
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly ffnSize: number;
  readonly vocabSize: number;
  readonly positions: number;
  readonly tokenTypes: number;
  readonly layerNormEps: number;
  readonly pooling: Pooling;
  /** Longest text in tokens, special tokens included. */
  readonly maxTokens: number;
  readonly lowerCase: boolean;
  /** Put before a text of this kind. */
  readonly prompts: { readonly query: string; readonly passage: string };
}

export function readEncoderConfig(folder: CheckpointFolder): EncoderConfig {
  return readBertConfig(folder, readPooling(folder));
}

/** Of a `BertForSequenceClassification` with one label; refuses other heads. */
export function readCrossEncoderConfig(folder: CheckpointFolder): EncoderConfig {
  const labels = folder.readJson('config.json')['id2label'];
  const count = isObject(labels) ? Object.keys(labels).length : 2; // transformers' default
  if (count !== 1) {
    const file = folder.pathOf('config.json');
    throw new UnsupportedCheckpointError(file, 'id2label', 'one label (a relevance score)', labels);
  }
  return readBertConfig(folder, 'cls');
}

function readBertConfig(folder: CheckpointFolder, pooling: Pooling): EncoderConfig {
  const config = configReader(folder.pathOf('config.json'), folder.readJson('config.json'));
  config.oneOf('model_type', ['bert']);
  config.oneOf('hidden_act', [undefined, 'gelu']);
  config.oneOf('position_embedding_type', [undefined, 'absolute']);
  config.oneOf('is_decoder', [undefined, false]);
  config.oneOf('add_cross_attention', [undefined, false]);
  config.oneOf('tie_word_embeddings', [undefined, true, false]); // concerns the masked-language head only
  const positions = config.integer('max_position_embeddings', 512);
  const transformer = folder.readJsonIfPresent('sentence_bert_config.json') ?? {};
  const result: EncoderConfig = {
    hiddenSize: config.integer('hidden_size'),
    layers: config.integer('num_hidden_layers'),
    heads: config.integer('num_attention_heads'),
    ffnSize: config.integer('intermediate_size'),
    vocabSize: config.integer('vocab_size'),
    positions,
    tokenTypes: config.integer('type_vocab_size', 2),
    layerNormEps: config.positive('layer_norm_eps', 1e-12),
    pooling,
    maxTokens: readMaxTokens(folder, transformer, positions),
    lowerCase: transformer['do_lower_case'] === true,
    prompts: readPrompts(folder),
  };
  config.refuseOthers(harmlessKeys);
  if (result.hiddenSize % result.heads !== 0)
    throw config.unsupported('num_attention_heads', 'a divisor of hidden_size');
  return result;
}

function readMaxTokens(
  folder: CheckpointFolder,
  transformer: JsonObject,
  positions: number,
): number {
  const stated = transformer['max_seq_length'] ?? undefined;
  const tokenizer = folder.readJsonIfPresent('tokenizer_config.json')?.['model_max_length'];
  const limit =
    stated ?? (typeof tokenizer === 'number' ? Math.min(tokenizer, positions) : positions);
  if (typeof limit === 'number' && limit >= 3 && limit <= positions) return Math.floor(limit);
  throw new CheckpointError(
    folder.pathOf('sentence_bert_config.json'),
    `"max_seq_length" should lie between 3 and ${positions}, but is ${JSON.stringify(limit)}`,
  );
}

/** A folder without modules.json is a bare encoder: sentence-transformers pools it by the mean. */
function readPooling(folder: CheckpointFolder): Pooling {
  if (!folder.has('modules.json')) return 'mean';
  const file = folder.pathOf('modules.json');
  const modules: unknown = JSON.parse(folder.readText('modules.json'));
  if (!Array.isArray(modules)) throw new CheckpointError(file, 'should hold a list of modules');
  let pooling: Pooling | undefined;
  for (const module of modules) {
    const { type, path } = isObject(module) ? module : {};
    const kind = String(type).split('.').at(-1);
    if (kind === 'Pooling' && typeof path === 'string')
      pooling = readPoolingModule(folder, `${path}/config.json`);
    else if (kind !== 'Transformer' && kind !== 'Normalize') {
      throw new UnsupportedCheckpointError(file, 'type', 'Transformer, Pooling or Normalize', type);
    }
  }
  if (!pooling) throw new UnsupportedCheckpointError(file, 'type', 'a Pooling module', 'absent');
  return pooling;
}

function readPoolingModule(folder: CheckpointFolder, name: string): Pooling {
  const json = folder.readJson(name);
  if (json['include_prompt'] === false) {
    throw new UnsupportedCheckpointError(folder.pathOf(name), 'include_prompt', 'true', false);
  }
  const flags = Object.keys(json).filter(
    (key) => key.startsWith('pooling_mode_') && json[key] === true,
  );
  const modes = [
    json['pooling_mode'] ?? flags.map((key) => key.slice('pooling_mode_'.length)),
  ].flat();
  if (modes.length === 1 && (modes[0] === 'mean' || modes[0] === 'mean_tokens')) return 'mean';
  if (modes.length === 1 && (modes[0] === 'cls' || modes[0] === 'cls_token')) return 'cls';
  throw new UnsupportedCheckpointError(folder.pathOf(name), 'pooling_mode', 'mean or cls', modes);
}

function readPrompts(folder: CheckpointFolder): EncoderConfig['prompts'] {
  const json = folder.readJsonIfPresent('config_sentence_transformers.json') ?? {};
  const prompts = isObject(json['prompts']) ? json['prompts'] : {};
  const fallback = json['default_prompt_name'];
  function pick(...names: readonly unknown[]): string {
    for (const name of [...names, fallback]) {
      const prompt = typeof name === 'string' ? prompts[name] : undefined;
      if (typeof prompt === 'string') return prompt;
    }
    return '';
  }
  return { query: pick('query'), passage: pick('passage', 'document', 'corpus') };
}
