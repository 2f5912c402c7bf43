/**
 * Typed reading of one `config.json`-like object. Each key that is asked for is remembered; at the end
 * `refuseOthers` rejects every key that nobody asked for and that is not known to be harmless, because
 * an unknown key may change the mathematics.
 */
import { CheckpointError, UnsupportedCheckpointError } from '../errors.ts';
import type { JsonObject } from './folder.ts';

export interface ConfigReader {
  readonly file: string;
  /** The raw value; `undefined` if absent or null. */
  raw(key: string): unknown;
  integer(key: string, fallback?: number): number;
  positive(key: string, fallback?: number): number;
  flag(key: string, fallback: boolean): boolean;
  /** The value must be one of `allowed` (or absent, where `allowed` holds undefined). */
  oneOf(key: string, allowed: readonly unknown[]): void;
  unsupported(key: string, expected: string): UnsupportedCheckpointError;
  refuseOthers(harmless: ReadonlySet<string>): void;
}

export function configReader(file: string, config: JsonObject): ConfigReader {
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
      `"${key}" should be ${what}, but is ${JSON.stringify(value) ?? 'missing'}`,
    );
  }
  function flag(key: string, fallback: boolean): boolean {
    const value = raw(key) ?? fallback;
    if (typeof value === 'boolean') return value;
    throw new CheckpointError(
      file,
      `"${key}" should be true or false, but is ${JSON.stringify(value)}`,
    );
  }
  function unsupported(key: string, expected: string): UnsupportedCheckpointError {
    return new UnsupportedCheckpointError(file, key, expected, config[key]);
  }
  return {
    file,
    raw,
    flag,
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
        const known = asked.has(key) || harmless.has(key) || key.startsWith('_');
        if (!known && value !== null)
          throw unsupported(key, 'absent (the engine does not know this key)');
      }
    },
  };
}

/** Keys that say how a checkpoint was trained, stored or served, and never change its logits. */
export const harmlessKeys: ReadonlySet<string> = new Set([
  'architectures',
  'attention_dropout',
  'attention_probs_dropout_prob',
  'auto_map',
  'bos_token_id',
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
  'pad_token_id',
  'pretraining_tp', // splits matrix products for training; the sums are the same
  'problem_type',
  'resid_pdrop',
  'return_dict',
  'sbert_ce_default_activation_function', // on top of a cross-encoder's logit, which it keeps in order
  'sentence_transformers', // the same in later versions
  'sep_token_id',
  'task_specific_params',
  'tokenizer_class',
  'torch_dtype',
  'transformers.js_config',
  'transformers_version',
  'unk_token_id',
  'unsloth_fixed',
  'unsloth_version',
  'use_cache',
]);
