/** `graphblend models logits` and `embed`: arrays for comparing with other implementations. */
import { readFileSync } from 'node:fs';
import {
  type EmbedKind,
  loadDecoder,
  loadEmbedder,
  logitsOf,
  type WeightKind,
} from '../../../engine/index.ts';
import { CliError } from '../../errors.ts';
import { writeNpy } from '../../npy.ts';
import { print } from '../../terminal.ts';
import { modelOptions } from './places.ts';

export interface LogitsOptions {
  readonly ids: string;
  readonly out: string;
  readonly weights: WeightKind;
}

export function logits(what: string, options: LogitsOptions): number {
  const ids = readIds(options.ids);
  const { weights, out } = options;
  const runner = loadDecoder({ ...modelOptions(what), weights, contextTokens: ids.length });
  try {
    const { vocabSize } = runner.config;
    const most = ids.reduce((best, id) => Math.max(best, id), 0);
    if (most >= vocabSize) {
      const fix = 'Give ids of this model.';
      throw new CliError(`token ${most} is not in the vocabulary of ${vocabSize}`, fix);
    }
    writeNpy(out, logitsOf(runner, ids), [ids.length, vocabSize]);
    print(`${out}: float32 [${ids.length}, ${vocabSize}]`);
    return 0;
  } finally {
    runner.close();
  }
}

function readIds(text: string): Int32Array {
  const ids = text.split(/[\s,]+/u).filter((part) => part !== '');
  if (ids.length === 0 || ids.some((id) => !/^\d{1,9}$/u.test(id))) {
    throw new CliError(
      `--ids should be token ids separated by spaces or commas, but is ${JSON.stringify(text)}`,
      'For example: --ids "1 2 3".',
    );
  }
  return Int32Array.from(ids, Number);
}

export interface EmbedOptions {
  readonly texts: string;
  readonly out: string;
  readonly prompt: EmbedKind;
}

export function embed(what: string, { texts, out, prompt }: EmbedOptions): number {
  const lines = readFileSync(texts, 'utf8')
    .replace(/\r?\n$/u, '')
    .split(/\r?\n/u);
  const embedder = loadEmbedder({ ...modelOptions(what), length: 'as saved' });
  try {
    const { dimensions } = embedder;
    const vectors = new Float32Array(lines.length * dimensions);
    embedder.embed(lines, prompt).forEach((vector, i) => vectors.set(vector, i * dimensions));
    writeNpy(out, vectors, [lines.length, dimensions]);
    print(`${out}: float32 [${lines.length}, ${dimensions}]`);
    return 0;
  } finally {
    embedder.close();
  }
}
