/** Which tensors an encoder checkpoint has to hold for embeddings or relevance scores. */
import { CheckpointError, UnsupportedCheckpointError } from '../errors.ts';
import type { BertConfig, EncoderConfig, ModernBertConfig } from './encoder-config.ts';
import type { CheckpointTensors } from './tensors.ts';

/** Poolers and the heads of pre-training come after what embeddings use. */
const unused: Readonly<Record<EncoderConfig['family'], RegExp>> = {
  bert: /^(bert\.)?pooler\.|^cls\.|(^|\.)embeddings\.position_ids$/,
  roberta: /^(roberta\.)?pooler\.|^lm_head\.|(^|\.)embeddings\.position_ids$/,
  modernbert: /^(head|decoder)\./,
};

/** Name of the encoder inside a checkpoint that was saved with a head. */
const prefixes: Readonly<Record<EncoderConfig['family'], string>> = {
  bert: 'bert.',
  roberta: 'roberta.',
  modernbert: 'model.',
};

export interface EncoderTensors {
  readonly used: readonly string[];
  /** Put before the names of the encoder's tensors. */
  readonly prefix: string;
}

/** Modules on top of the encoder that make one relevance score. */
export function crossEncoderHead(config: EncoderConfig): {
  readonly dense: string;
  readonly norm: string | undefined;
  readonly classifier: string;
} {
  if (config.family === 'bert')
    return { dense: 'bert.pooler.dense', norm: undefined, classifier: 'classifier' };
  return config.family === 'roberta'
    ? { dense: 'classifier.dense', norm: undefined, classifier: 'classifier.out_proj' }
    : { dense: 'head.dense', norm: 'head.norm', classifier: 'classifier' };
}

/** Throws if a tensor is missing, or if there is one that belongs to other mathematics. */
export function checkEncoderTensors(
  file: string,
  config: EncoderConfig,
  tensors: CheckpointTensors,
  purpose: 'embeddings' | 'scores',
): EncoderTensors {
  const first = config.family === 'modernbert' ? 'tok_embeddings' : 'word_embeddings';
  const full = prefixes[config.family];
  const prefix = tensors.has(`${full}embeddings.${first}.weight`) ? full : '';
  const inner = config.family === 'modernbert' ? modernNames(config) : bertNames(config);
  const head = purpose === 'scores' ? headNames(config) : [];
  const used = new Set([...inner.map((name) => prefix + name), ...head]);
  for (const name of used) {
    if (!tensors.has(name))
      throw new CheckpointError(file, `the checkpoint lacks tensor "${name}"`);
  }
  for (const name of tensors.names) {
    if (!used.has(name) && !unused[config.family].test(name)) {
      throw new UnsupportedCheckpointError(
        file,
        name,
        `absent (${config.family} encoders have no such tensor)`,
        'present',
      );
    }
  }
  return { used: [...used], prefix };
}

const affine = (module: string): string[] => [`${module}.weight`, `${module}.bias`];

const maybeAffine = (module: string, hasBias: boolean): string[] =>
  hasBias ? affine(module) : [`${module}.weight`];

function headNames(config: EncoderConfig): string[] {
  const { dense, norm, classifier } = crossEncoderHead(config);
  if (config.family !== 'modernbert' || norm === undefined)
    return [...affine(dense), ...affine(classifier)];
  const { headBias, normBias } = config;
  return [...maybeAffine(dense, headBias), ...maybeAffine(norm, normBias), ...affine(classifier)];
}

function bertNames({ layers }: BertConfig): string[] {
  const tables = ['word_embeddings', 'position_embeddings', 'token_type_embeddings'];
  const inLayer = [
    'attention.self.query',
    'attention.self.key',
    'attention.self.value',
    'attention.output.dense',
    'attention.output.LayerNorm',
    'intermediate.dense',
    'output.dense',
    'output.LayerNorm',
  ];
  const names = [
    ...tables.map((table) => `embeddings.${table}.weight`),
    ...affine('embeddings.LayerNorm'),
  ];
  for (let layer = 0; layer < layers; layer++) {
    for (const module of inLayer) names.push(...affine(`encoder.layer.${layer}.${module}`));
  }
  return names;
}

function modernNames({ layers, normBias, attentionBias, mlpBias }: ModernBertConfig): string[] {
  const norm = (module: string) => maybeAffine(module, normBias);
  const names = [
    'embeddings.tok_embeddings.weight',
    ...norm('embeddings.norm'),
    ...norm('final_norm'),
  ];
  for (let layer = 0; layer < layers; layer++) {
    const of = (module: string) => `layers.${layer}.${module}`;
    if (layer > 0) names.push(...norm(of('attn_norm'))); // the embeddings' norm stands before layer 0
    names.push(...norm(of('mlp_norm')));
    for (const module of ['attn.Wqkv', 'attn.Wo'])
      names.push(...maybeAffine(of(module), attentionBias));
    for (const module of ['mlp.Wi', 'mlp.Wo']) names.push(...maybeAffine(of(module), mlpBias));
  }
  return names;
}
