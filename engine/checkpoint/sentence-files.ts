/** The sentence-transformers files around an encoder: modules.json, pooling, prompts, sequence length. */
import { CheckpointError, UnsupportedCheckpointError } from '../errors.ts';
import type { EmbedKind } from '../types.ts';
import { configReader } from './config-reader.ts';
import { type CheckpointFolder, isObject, type JsonObject } from './folder.ts';

export type Pooling = 'mean' | 'cls' | 'last';

export interface SentenceSettings {
  readonly pooling: Pooling;
  /** Does the checkpoint itself bring vectors to unit length? */
  readonly normalises: boolean;
  /** Longest text in tokens, special tokens included. */
  readonly maxTokens: number;
  readonly lowerCase: boolean;
  /** Put before a text of this kind. */
  readonly prompts: Readonly<Record<EmbedKind, string>>;
}

/** @param positions longest sequence that the encoder can take */
export function readSentenceSettings(
  folder: CheckpointFolder,
  positions: number,
): SentenceSettings {
  const transformer = folder.readJsonIfPresent('sentence_bert_config.json') ?? {};
  refuseOtherOutputs(folder, transformer);
  return {
    ...readModules(folder),
    maxTokens: readMaxTokens(folder, transformer, positions),
    lowerCase: transformer['do_lower_case'] === true,
    prompts: readPrompts(folder),
  };
}

/** From sentence-transformers 6 on the file may say which output of which task is taken. */
function refuseOtherOutputs(folder: CheckpointFolder, transformer: JsonObject): void {
  const file = folder.pathOf('sentence_bert_config.json');
  const config = configReader(file, transformer);
  config.oneOf('transformer_task', [undefined, 'feature-extraction']);
  config.oneOf('module_output_name', [undefined, 'token_embeddings']);
  const text = config.inner('modality_config')?.inner('text');
  text?.oneOf('method', [undefined, 'forward']);
  text?.oneOf('method_output_name', [undefined, 'last_hidden_state']);
}

export function readMaxTokens(
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
function readModules(folder: CheckpointFolder): Pick<SentenceSettings, 'pooling' | 'normalises'> {
  if (!folder.has('modules.json')) return { pooling: 'mean', normalises: false };
  const file = folder.pathOf('modules.json');
  const modules = readList(file, folder.readText('modules.json'));
  let pooling: Pooling | undefined;
  let normalises = false;
  for (const module of modules) {
    const { type, path } = isObject(module) ? module : {};
    const kind = String(type).split('.').at(-1);
    if (kind === 'Pooling' && typeof path === 'string')
      pooling = readPoolingModule(folder, `${path}/config.json`);
    else if (kind === 'Normalize') normalises = true;
    else if (kind !== 'Transformer') {
      throw new UnsupportedCheckpointError(file, 'type', 'Transformer, Pooling or Normalize', type);
    }
  }
  if (!pooling) throw new UnsupportedCheckpointError(file, 'type', 'a Pooling module', 'absent');
  return { pooling, normalises };
}

function readList(file: string, text: string): unknown[] {
  let modules: unknown;
  try {
    modules = JSON.parse(text);
  } catch (cause) {
    throw new CheckpointError(file, 'is not valid JSON', { cause });
  }
  if (!Array.isArray(modules)) throw new CheckpointError(file, 'should hold a list of modules');
  return modules;
}

const poolings: Readonly<Record<string, Pooling>> = {
  mean: 'mean',
  mean_tokens: 'mean',
  cls: 'cls',
  cls_token: 'cls',
  lasttoken: 'last',
};

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
  const [mode, ...others] = modes;
  const known = typeof mode === 'string' && others.length === 0 ? poolings[mode] : undefined;
  if (known) return known;
  const expected = 'mean, cls or lasttoken';
  throw new UnsupportedCheckpointError(folder.pathOf(name), 'pooling_mode', expected, modes);
}

function readPrompts(folder: CheckpointFolder): SentenceSettings['prompts'] {
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
  return { query: pick('query'), passage: pick('document', 'passage', 'corpus'), plain: pick() };
}
