import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSafetensors } from '../../engine/checkpoint/safetensors.ts';
import {
  CheckpointError,
  EngineError,
  loadDecoder,
  loadEmbedder,
  UnsupportedCheckpointError,
} from '../../engine/index.ts';
import { fixture, seededRandom, temporaryFolder } from './support/fixtures.ts';
import { copyOf, editJson, mutate, writeSums } from './support/folders.ts';

const cacheDir = temporaryFolder();

function load(folder: string): void {
  loadDecoder({ folder, cacheDir, weights: 'fp32', threads: 1 }).close();
}

function loadError(folder: string): EngineError {
  try {
    load(folder);
  } catch (error) {
    if (error instanceof EngineError) return error;
    throw error;
  }
  throw new Error('the checkpoint was accepted');
}

describe('config.json', () => {
  const folder = copyOf('llama-gqa');
  const original = readFileSync(join(folder, 'config.json'));

  function refusalOf(change: Record<string, unknown>): EngineError {
    writeFileSync(join(folder, 'config.json'), original);
    editJson(folder, 'config.json', (config) => Object.assign(config, change));
    return loadError(folder);
  }

  it.each([
    [
      'unknown scaling',
      { rope_parameters: { rope_type: 'dynamic', rope_theta: 1e4, factor: 2 } },
      'rope_parameters.rope_type',
    ],
    [
      'unknown scaling in the old style',
      { rope_parameters: null, rope_scaling: { type: 'dynamic', factor: 2 } },
      'rope_scaling.type',
    ],
    [
      'partial rotary',
      { rope_parameters: { rope_theta: 1e4, partial_rotary_factor: 0.5 } },
      'rope_parameters.partial_rotary_factor',
    ],
    ['two different thetas', { rope_theta: 1e4 }, 'rope_theta'],
    ['another activation', { hidden_act: 'relu' }, 'hidden_act'],
    ['another family', { model_type: 'gpt2' }, 'model_type'],
    [
      'another architecture',
      { architectures: ['LlamaForSequenceClassification'] },
      'architectures',
    ],
    ['an unknown key', { logit_softcapping: 30 }, 'logit_softcapping'],
    ['quantised weights', { quantization_config: { bits: 4 } }, 'quantization_config'],
    [
      'sliding layers',
      { layer_types: ['full_attention', 'sliding_attention', 'full_attention'] },
      'layer_types',
    ],
    ['a window', { use_sliding_window: true, sliding_window: 16 }, 'sliding_window'],
    ['interleaved rotation', { rope_interleaved: true }, 'rope_interleaved'],
    ['heads that do not group', { num_key_value_heads: 3 }, 'num_key_value_heads'],
  ])('is refused by name for %s', (_, change, key) => {
    const error = refusalOf(change);
    expect(error).toBeInstanceOf(UnsupportedCheckpointError);
    expect((error as UnsupportedCheckpointError).key).toBe(key);
    expect(error.message).toContain(join(folder, 'config.json'));
    expect(error.fix).not.toBe('');
  });

  it.each([
    [
      'a missing size',
      { hidden_size: undefined },
      /"hidden_size" should be a positive whole number, but is missing/,
    ],
    ['a negative size', { num_hidden_layers: -1 }, /num_hidden_layers/],
    ['text for a number', { rms_norm_eps: '1e-5' }, /rms_norm_eps/],
    ['a missing layer', { num_hidden_layers: 4 }, /lacks tensor "model.layers.3/],
    ['biases that are not there', { attention_bias: true }, /lacks tensor .*bias/],
    ['another shape', { intermediate_size: 95 }, /should have shape \[95,64\], but has \[96,64\]/],
  ])('is refused with a reason for %s', (_, change, message) => {
    const error = refusalOf(change);
    expect(error).toBeInstanceOf(CheckpointError);
    expect(error.message).toMatch(message);
  });

  it('is refused when tensors are left over', () => {
    const error = refusalOf({ num_hidden_layers: 2 });
    expect(error).toBeInstanceOf(UnsupportedCheckpointError);
    expect(error.message).toContain('model.layers.2.');
  });

  it('takes harmless settings and a window that never hides anything', () => {
    writeFileSync(join(folder, 'config.json'), original);
    editJson(folder, 'config.json', (config) =>
      Object.assign(config, {
        torch_dtype: 'bfloat16',
        unsloth_version: '1',
        sliding_window: 16,
        new_key: null,
      }),
    );
    load(folder);
  });

  it('of an encoder is refused by name for relative positions, other activations and modules', () => {
    const bert = copyOf('bert');
    const embed = () => loadEmbedder({ folder: bert, cacheDir, threads: 1 });
    editJson(bert, 'config.json', (config) =>
      Object.assign(config, { position_embedding_type: 'relative_key' }),
    );
    expect(embed).toThrow(/position_embedding_type/);
    editJson(bert, 'config.json', (config) =>
      Object.assign(config, { position_embedding_type: 'absolute', hidden_act: 'relu' }),
    );
    expect(embed).toThrow(/hidden_act/);
    editJson(bert, 'config.json', (config) => Object.assign(config, { hidden_act: 'gelu' }));
    writeFileSync(
      join(bert, 'modules.json'),
      JSON.stringify([{ path: '2_Dense', type: 'sentence_transformers.models.Dense' }]),
    );
    expect(embed).toThrow(/Dense/);
  });
});

describe('safetensors', () => {
  const folder = temporaryFolder();
  const path = join(folder, 'model.safetensors');

  function refusal(header: unknown, payload = 16, headerBytes?: number): string {
    const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
    const prefix = Buffer.alloc(8);
    prefix.writeBigUInt64LE(BigInt(headerBytes ?? json.length));
    writeFileSync(path, Buffer.concat([prefix, json, Buffer.alloc(payload)]));
    try {
      openSafetensors(path).close();
    } catch (error) {
      expect(error).toBeInstanceOf(CheckpointError);
      expect((error as CheckpointError).file).toBe(path);
      return (error as CheckpointError).message;
    }
    throw new Error('accepted');
  }
  const tensor = (start: number, end: number, shape = [(end - start) / 4], dtype = 'F32') => ({
    dtype,
    shape,
    data_offsets: [start, end],
  });

  it('is refused when the header is longer than the file, huge, or no JSON object', () => {
    expect(refusal({}, 16, 1000)).toMatch(/claims a header of 1000 bytes/);
    expect(refusal({}, 16, 2 ** 60)).toMatch(/claims a header/);
    expect(refusal('[1]')).toMatch(/JSON object/);
    expect(refusal('{"a": ')).toMatch(/JSON/);
  });

  it('is refused when offsets lie, overlap, leave holes or pass the end', () => {
    expect(refusal({ a: tensor(0, 16, [5]) })).toMatch(/takes 20 bytes/);
    expect(refusal({ a: tensor(0, 8), b: tensor(4, 16) })).toMatch(/"b" starts at byte/);
    expect(refusal({ a: tensor(0, 4), b: tensor(8, 16) })).toMatch(/"b" starts at byte/);
    expect(refusal({ a: tensor(0, 20) })).toMatch(/truncated/);
    expect(refusal({ a: tensor(0, 12) })).toMatch(/belong to no tensor/);
    expect(refusal({ a: { dtype: 'F32', shape: [4], data_offsets: [16, 0] } })).toMatch(
      /takes 16 bytes/,
    );
    expect(refusal({ a: { dtype: 'F32', shape: [-4], data_offsets: [0, 16] } })).toMatch(/shape/);
    expect(
      refusal({ a: { dtype: 'F32', shape: [2 ** 40, 2 ** 40], data_offsets: [0, 16] } }),
    ).toMatch(/takes/);
    expect(refusal({ a: tensor(0, 16, [4], 'constructor') })).toMatch(/unknown dtype/);
  });

  it('is refused when it is shorter than its own length field', () => {
    writeFileSync(path, Buffer.alloc(5));
    expect(() => openSafetensors(path)).toThrow(/truncated/);
  });
});

describe('a checkpoint folder', () => {
  it('is refused by name when an index points outside the folder or to a missing shard', () => {
    const folder = copyOf('llama-tied-sharded');
    const index = 'model.safetensors.index.json';
    const name = 'model.norm.weight';
    const shard = JSON.parse(readFileSync(join(folder, index), 'utf8')).weight_map[name] as string;
    const point = (file: string) =>
      editJson(folder, index, (json) =>
        Object.assign(json['weight_map'] as object, { [name]: file }),
      );
    point('../../etc/x.safetensors');
    expect(loadError(folder).message).toContain('invalid shard');
    point('missing.safetensors');
    expect(loadError(folder).message).toContain('missing.safetensors');
    point(
      shard === 'model-00001-of-00003.safetensors'
        ? 'model-00002-of-00003.safetensors'
        : 'model-00001-of-00003.safetensors',
    );
    expect(loadError(folder).message).toContain(`lacks tensor "${name}"`);
  });

  it('is refused when it has no weights, no config, or does not exist', () => {
    const folder = copyOf('mistral');
    renameSync(join(folder, 'model.safetensors'), join(folder, 'pytorch_model.bin'));
    expect(loadError(folder).message).toContain('neither model.safetensors nor');
    renameSync(join(folder, 'pytorch_model.bin'), join(folder, 'model.safetensors'));
    renameSync(join(folder, 'config.json'), join(folder, 'old.json'));
    expect(loadError(folder).message).toContain('config.json');
    expect(loadError(join(folder, 'nowhere')).message).toContain('no such folder');
  });

  it('has one fingerprint however its tensors are sharded, and another one for other weights', () => {
    const bytes = readFileSync(join(fixture('mistral'), 'model.safetensors'));
    const folder = copyOf('mistral');
    const before = loadDecoder({ folder, cacheDir, weights: 'fp32', threads: 1 });
    renameSync(join(folder, 'model.safetensors'), join(folder, 'part.safetensors'));
    const names = [...openSafetensors(join(folder, 'part.safetensors')).tensors.keys()];
    const weight_map = Object.fromEntries(names.map((name) => [name, 'part.safetensors']));
    writeFileSync(join(folder, 'model.safetensors.index.json'), JSON.stringify({ weight_map }));
    const after = loadDecoder({ folder, cacheDir, weights: 'fp32', threads: 1 });
    bytes[bytes.length - 2]! ^= 1;
    writeFileSync(join(folder, 'part.safetensors'), bytes);
    const changed = loadDecoder({ folder, cacheDir, weights: 'fp32', threads: 1 });
    expect(after.fingerprint).toBe(before.fingerprint);
    expect(changed.fingerprint).not.toBe(before.fingerprint);
    for (const runner of [before, after, changed]) runner.close();
  });

  it('is refused when a weight is not finite', () => {
    const folder = copyOf('mistral');
    const path = join(folder, 'model.safetensors');
    const bytes = readFileSync(path);
    bytes.writeUInt16LE(0x7f80, bytes.length - 2); // infinity in bfloat16
    writeFileSync(path, bytes);
    expect(loadError(folder).message).toContain('not finite');
  });

  it('with SHA256SUMS is refused by name after each of 100 random mutations of its weights', () => {
    const folder = copyOf('mistral');
    writeSums(folder);
    load(folder);
    const path = join(folder, 'model.safetensors');
    const bytes = readFileSync(path);
    const random = seededRandom(11);
    for (let i = 0; i < 100; i++) {
      const header = i % 2 === 0 ? 1500 : bytes.length; // every other mutation hits the header
      writeFileSync(path, mutateWithin(bytes, header, random));
      const error = loadError(folder);
      expect(error).toBeInstanceOf(CheckpointError);
      expect(error.message).toContain('model.safetensors');
    }
  });

  it('with SHA256SUMS is refused by name when config or tokenizer change', () => {
    const folder = copyOf('bert');
    writeSums(folder);
    const embed = () => loadEmbedder({ folder, cacheDir, threads: 1 });
    embed().close();
    for (const file of ['tokenizer.json', 'config.json', 'sentence_bert_config.json']) {
      const bytes = readFileSync(join(folder, file));
      writeFileSync(join(folder, file), mutate(bytes, seededRandom(3)));
      expect(embed).toThrow(file);
      writeFileSync(join(folder, file), bytes);
    }
  });

  it('without SHA256SUMS never fails with anything but a named error', () => {
    const folder = copyOf('mistral');
    const path = join(folder, 'model.safetensors');
    const bytes = readFileSync(path);
    const random = seededRandom(12);
    for (let i = 0; i < 60; i++) {
      writeFileSync(path, mutateWithin(bytes, 1500, random));
      try {
        load(folder);
      } catch (error) {
        expect(error).toBeInstanceOf(EngineError);
      }
    }
  });
});

/** Mutates the first `length` bytes. */
function mutateWithin(bytes: Buffer, length: number, random: () => number): Buffer {
  return Buffer.concat([mutate(bytes.subarray(0, length), random), bytes.subarray(length)]);
}
