/**
 * Typed reading of one `config.json`-like object. Each key that is asked for is remembered; at the end
 * `refuseOthers` rejects every key that nobody asked for and that is not known to be harmless, because
 * an unknown key may change the mathematics.
 */
import { CheckpointError, UnsupportedCheckpointError } from '../errors.ts';
import { isObject, type JsonObject } from './folder.ts';

export interface ConfigReader {
  readonly file: string;
  /** The raw value; `undefined` if absent or null. */
  raw(key: string): unknown;
  /** Is the key there, if only as null? */
  has(key: string): boolean;
  integer(key: string, fallback?: number): number;
  positive(key: string, fallback?: number): number;
  flag(key: string, fallback: boolean): boolean;
  /** The value must be one of `allowed` (or absent, where `allowed` holds undefined). */
  oneOf(key: string, allowed: readonly unknown[]): void;
  /** Of an object inside this one, whose keys are called `<key>.<name>` in errors; undefined if absent or null. */
  inner(key: string): ConfigReader | undefined;
  unsupported(key: string, expected: string): UnsupportedCheckpointError;
  refuseOthers(harmless: ReadonlySet<string>): void;
}

/** @param prefix put before key names in errors */
export function configReader(file: string, config: JsonObject, prefix = ''): ConfigReader {
  const asked = new Set<string>();

  function raw(key: string): unknown {
    asked.add(key);
    return config[key] ?? undefined;
  }
  function number(
    key: string,
    fallback: number | undefined,
    isValid: (n: number) => boolean,
    what: string,
  ): number {
    const value = raw(key) ?? fallback;
    if (typeof value === 'number' && isValid(value)) return value;
    throw new CheckpointError(
      file,
      `"${prefix}${key}" should be ${what}, but is ${JSON.stringify(value) ?? 'missing'}`,
    );
  }
  function flag(key: string, fallback: boolean): boolean {
    const value = raw(key) ?? fallback;
    if (typeof value === 'boolean') return value;
    throw new CheckpointError(
      file,
      `"${prefix}${key}" should be true or false, but is ${JSON.stringify(value)}`,
    );
  }
  function unsupported(key: string, expected: string): UnsupportedCheckpointError {
    return new UnsupportedCheckpointError(file, prefix + key, expected, config[key]);
  }
  function inner(key: string): ConfigReader | undefined {
    const value = raw(key);
    if (value === undefined) return undefined;
    if (!isObject(value)) throw unsupported(key, 'an object');
    return configReader(file, value, `${prefix}${key}.`);
  }
  return {
    file,
    raw,
    has: (key) => key in config,
    flag,
    inner,
    unsupported,
    integer: (key, fallback) =>
      number(key, fallback, (n) => Number.isSafeInteger(n) && n > 0, 'a positive whole number'),
    positive: (key, fallback) =>
      number(key, fallback, (n) => Number.isFinite(n) && n > 0, 'a positive number'),
    oneOf(key, allowed) {
      if (!allowed.includes(raw(key))) {
        throw unsupported(
          key,
          allowed.map((value) => JSON.stringify(value) ?? 'absent').join(' or '),
        );
      }
    },
    refuseOthers(harmless) {
      for (const [key, value] of Object.entries(config)) {
        if (value === null || asked.has(key) || harmless.has(key) || key.startsWith('_')) continue;
        const neutral = neutralValues[key];
        if (neutral === undefined)
          throw unsupported(key, 'absent (the engine does not know this key)');
        if (JSON.stringify(value) !== neutral) throw unsupported(key, neutral);
      }
    },
  };
}

/** Keys of every transformers configuration that change nothing at these values (as JSON). */
const neutralValues: Readonly<Record<string, string>> = {
  add_cross_attention: 'false',
  is_decoder: 'false',
  is_encoder_decoder: 'false',
  pruned_heads: '{}',
  tie_encoder_decoder: 'false',
  use_bfloat16: 'false',
};

/** How text is generated, where nobody says otherwise: no part of the logits. Old versions stored it here. */
const generationKeys = [
  'bad_words_ids',
  'begin_suppress_tokens',
  'decoder_start_token_id',
  'diversity_penalty',
  'do_sample',
  'early_stopping',
  'encoder_no_repeat_ngram_size',
  'exponential_decay_length_penalty',
  'forced_bos_token_id',
  'forced_eos_token_id',
  'length_penalty',
  'max_length',
  'min_length',
  'no_repeat_ngram_size',
  'num_beam_groups',
  'num_beams',
  'num_return_sequences',
  'prefix',
  'remove_invalid_values',
  'repetition_penalty',
  'suppress_tokens',
  'temperature',
  'top_k',
  'top_p',
  'typical_p',
];

/** Keys that say how a checkpoint was trained, stored or served, and never change its logits. */
export const harmlessKeys: ReadonlySet<string> = new Set([
  ...generationKeys,
  'architectures',
  'attention_dropout',
  'attention_probs_dropout_prob',
  'auto_map',
  'bos_token_id',
  'cache_implementation',
  'chunk_size_feed_forward',
  'classifier_dropout',
  'cross_attention_hidden_size',
  'dtype',
  'embd_pdrop',
  'eos_token_id',
  'finetuning_task',
  'gradient_checkpointing',
  'hidden_dropout_prob',
  'id2label',
  'initializer_range',
  'is_llama_config',
  'label2id',
  'max_window_layers',
  'model_type',
  'output_attentions',
  'output_hidden_states',
  'output_scores',
  'pad_token_id',
  'pretraining_tp', // splits matrix products for training; the sums are the same
  'problem_type',
  'resid_pdrop',
  'return_dict',
  'return_dict_in_generate',
  'sbert_ce_default_activation_function', // on top of a cross-encoder's logit, which it keeps in order
  'sentence_transformers', // the same in later versions
  'sep_token_id',
  'task_specific_params',
  'tf_legacy_loss',
  'tokenizer_class',
  'torch_dtype',
  'torchscript',
  'transformers.js_config',
  'transformers_version',
  'unk_token_id',
  'unsloth_fixed',
  'unsloth_version',
  'use_cache',
]);
