/** Which tensors a BERT checkpoint has to hold for its embeddings. */
import { CheckpointError, UnsupportedCheckpointError } from '../errors.ts';
import type { EncoderConfig } from './encoder-config.ts';
import type { CheckpointTensors } from './tensors.ts';

/** The pooler and the heads of pre-training come after what embeddings use. */
const unused = /^(bert\.)?pooler\.|^cls\.|(^|\.)embeddings\.position_ids$/;

export interface EncoderTensors {
  readonly used: readonly string[];
  /** `bert.` in checkpoints that were saved with a head. */
  readonly prefix: string;
}

/** Modules on top of the encoder that make one relevance score of the first token. */
export const crossEncoderHead = ['bert.pooler.dense', 'classifier'] as const;

/**
 * Throws if a tensor is missing, or if there is one that belongs to other mathematics.
 * @param head linear modules on top of the encoder, by full name
 */
export function checkEncoderTensors(
  file: string,
  config: EncoderConfig,
  tensors: CheckpointTensors,
  head: readonly string[] = [],
): EncoderTensors {
  const prefix = tensors.has('bert.embeddings.word_embeddings.weight') ? 'bert.' : '';
  const used = new Set([
    ...listNeeded(config).map((name) => prefix + name),
    ...head.flatMap(affine),
  ]);
  for (const name of used) {
    if (!tensors.has(name))
      throw new CheckpointError(file, `the checkpoint lacks tensor "${name}"`);
  }
  for (const name of tensors.names) {
    if (!used.has(name) && !unused.test(name)) {
      throw new UnsupportedCheckpointError(
        file,
        name,
        'absent (BERT encoders have no such tensor)',
        'present',
      );
    }
  }
  return { used: [...used], prefix };
}

const affine = (module: string): string[] => [`${module}.weight`, `${module}.bias`];

function listNeeded({ layers }: EncoderConfig): string[] {
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
