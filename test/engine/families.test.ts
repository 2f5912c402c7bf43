/**
 * What sets each family apart, against transformers: rope scaling, windows, layers without positions, soft caps, norms,
 * fused tensors. decoder-golden.test.ts compares the logits; here both dialects of config.json, and what is refused.
 */
import { cpSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EngineError, loadDecoder, UnsupportedCheckpointError } from '../../engine/index.ts';
import {
  type DecoderGolden,
  familyFixtures,
  fixture,
  maxDifference,
  prefill,
  readFixtureJson,
  readGoldenLogits,
  temporaryFolder,
} from './support/fixtures.ts';
import { copyOf, editJson } from './support/folders.ts';

interface JsonConfig {
  readonly rope_parameters: Record<string, unknown>;
}

const cacheDir = temporaryFolder();

function open(folder: string, contextTokens?: number) {
  return loadDecoder({ folder, cacheDir, weights: 'fp32', threads: 1, contextTokens });
}

function load(folder: string, contextTokens?: number) {
  const runner = open(folder, contextTokens);
  runner.close();
  return runner;
}

const llama3 = readFixtureJson<JsonConfig>('llama3-rope', 'config.json').rope_parameters;
const yarnOfFixture = readFixtureJson<JsonConfig>('llama-yarn', 'config.json').rope_parameters;

describe.each(familyFixtures.filter((name) => existsSync(join(fixture(name), 'config-4x.json'))))(
  '%s',
  (name) => {
    it('is the same model in the configuration of transformers 4.x', () => {
      const folder = copyOf(name);
      const now = load(folder, 128);
      cpSync(join(folder, 'config-4x.json'), join(folder, 'config.json'));
      expect(load(folder, 128).fingerprint).toBe(now.fingerprint);
    });
  },
);

describe('a configuration', () => {
  /** Loads a fixture whose config.json was changed; a number in `drop` of a key removes it. */
  function refusal(name: string, change: Record<string, unknown>): EngineError {
    const folder = copyOf(name);
    editJson(folder, 'config.json', (config) => Object.assign(config, change));
    try {
      load(folder);
    } catch (error) {
      if (error instanceof EngineError) return error;
      throw error;
    }
    throw new Error('accepted');
  }
  const yarn = { rope_type: 'yarn', rope_theta: 1e4, factor: 4 };

  it.each<[string, Record<string, unknown>, string]>([
    [
      'llama3-rope',
      { rope_parameters: { rope_type: 'dynamic', factor: 2 } },
      'rope_parameters.rope_type',
    ],
    [
      'llama3-rope',
      { rope_parameters: { rope_type: 'proportional' } },
      'rope_parameters.rope_type',
    ],
    [
      'llama3-rope',
      { rope_parameters: { ...yarn, mrope_section: [1, 2] } },
      'rope_parameters.mrope_section',
    ],
    [
      'llama3-rope',
      { rope_parameters: { ...yarn, low_freq_factor: 1 } },
      'rope_parameters.low_freq_factor',
    ],
    ['llama3-rope', { rope_parameters: { ...yarn, type: 'linear' } }, 'rope_parameters.type'],
    ['llama3-rope', { rope_scaling: yarn }, 'rope_scaling'],
    ['llama3-rope', { rope_theta: 77 }, 'rope_theta'],
    [
      'llama3-rope',
      { rope_parameters: { ...yarn, partial_rotary_factor: 0.5 } },
      'rope_parameters.partial_rotary_factor',
    ],
    ['llama3-rope', { use_sliding_window: true, sliding_window: 8 }, 'sliding_window'],
    [
      'mistral-window',
      { layer_types: ['sliding_attention', 'full_attention', 'full_attention'] },
      'layer_types',
    ],
    ['mistral-window', { use_sliding_window: false }, 'use_sliding_window'],
    ['qwen2-window', { use_sliding_window: false }, 'layer_types'],
    [
      'qwen2-window',
      { layer_types: ['chunked_attention', 'full_attention', 'full_attention'] },
      'layer_types',
    ],
    ['qwen2-window', { layer_types: ['full_attention'] }, 'layer_types'],
    ['qwen2', { use_mrope: true }, 'use_mrope'],
    ['smollm3', { no_rope_layers: [1, 0] }, 'no_rope_layers'],
    ['gemma2', { use_bidirectional_attention: true }, 'use_bidirectional_attention'],
    ['gemma3', { attn_logit_softcapping: 30 }, 'attn_logit_softcapping'],
    [
      'gemma3',
      { rope_parameters: { full_attention: {}, sliding_attention: {}, chunked: {} } },
      'rope_parameters.chunked',
    ],
    ['gemma3', { hidden_activation: 'relu' }, 'hidden_activation'],
    [
      'phi3',
      { rope_parameters: { partial_rotary_factor: 0.3 } },
      'rope_parameters.partial_rotary_factor',
    ],
    ['phi3', { full_attn_mod: 2 }, 'full_attn_mod'],
    [
      'phi3-longrope',
      { rope_parameters: { rope_type: 'longrope', short_factor: [1], long_factor: [1] } },
      'rope_parameters.short_factor',
    ],
  ])('of %s with %j is refused by the name of the key', (name, change, key) => {
    const error = refusal(name, change);
    expect(error).toBeInstanceOf(UnsupportedCheckpointError);
    expect((error as UnsupportedCheckpointError).key).toBe(key);
  });

  it('with all defaults of transformers written out is taken, and refused at other values', () => {
    const folder = copyOf('llama3-rope');
    const before = load(folder).fingerprint;
    const defaults = { is_decoder: false, is_encoder_decoder: false, pruned_heads: {}, top_k: 50 };
    editJson(folder, 'config.json', (config) => Object.assign(config, defaults));
    expect(load(folder).fingerprint).toBe(before);
    expect(refusal('llama3-rope', { is_decoder: true }).message).toContain(
      '"is_decoder" should be false, but is true',
    );
  });

  it('of RoPE that lacks a number is refused with its name', () => {
    const error = refusal('llama3-rope', { rope_parameters: { rope_type: 'linear' } });
    expect(error.message).toContain(
      '"rope_parameters.factor" should be a positive number, but is missing',
    );
  });

  it.each<[string, Record<string, unknown>]>([
    ['llama3-rope', { rms_norm_eps: 1e-3 }],
    ['llama3-rope', { rope_parameters: { ...llama3, rope_theta: 5500 } }],
    ['llama3-rope', { rope_parameters: { ...llama3, factor: 7 } }],
    ['llama3-rope', { rope_parameters: { ...llama3, low_freq_factor: 1.5 } }],
    ['llama3-rope', { rope_parameters: { ...llama3, high_freq_factor: 3 } }],
    ['llama3-rope', { rope_parameters: { ...llama3, original_max_position_embeddings: 40 } }],
    ['llama-linear', { rope_parameters: { rope_type: 'linear', rope_theta: 4e3, factor: 3.9 } }],
    ['llama-yarn', { rope_parameters: { ...yarnOfFixture, mscale: 0.9 } }],
    ['llama-yarn', { rope_parameters: { ...yarnOfFixture, beta_fast: 1.4 } }],
    ['llama-yarn', { rope_parameters: { ...yarnOfFixture, truncate: true } }],
    ['llama-yarn', { rope_parameters: { ...yarnOfFixture, attention_factor: 1 } }],
    ['mistral-window', { sliding_window: 17 }],
    ['qwen2-window', { layer_types: ['full_attention', 'full_attention', 'sliding_attention'] }],
    ['smollm3', { no_rope_layers: [1, 1, 1, 0] }],
    ['gemma2', { query_pre_attn_scalar: 6 }],
    ['gemma2', { attn_logit_softcapping: 3.1 }],
    ['gemma2', { final_logit_softcapping: null }],
    ['gemma2', { hidden_activation: 'gelu' }],
    ['gemma3', { layer_types: new Array(4).fill('sliding_attention') }],
    ['phi3', { rope_parameters: { rope_theta: 6e3, partial_rotary_factor: 0.67 } }],
    ['phi3-longrope', { max_position_embeddings: 256 }],
  ])('of %s with %j gives other logits: the golden ones would notice', (name, change) => {
    const folder = copyOf(name);
    editJson(folder, 'config.json', (config) => Object.assign(config, change));
    const { long } = readFixtureJson<DecoderGolden>(name, 'golden.json');
    const runner = open(folder, 128);
    const got = prefill(runner, runner.newSequence(long.length), long);
    runner.close();
    expect(maxDifference(got, readGoldenLogits(name)['long']!)).toBeGreaterThan(5e-4);
  });
});

describe('LongRoPE', () => {
  it('takes its short sequences for all lengths up to the original, unless more is asked for', () => {
    const folder = fixture('phi3-longrope');
    expect(load(folder).config.maxPositions).toBe(32);
    expect(load(folder, 32).fingerprint).toBe(load(folder).fingerprint);
    expect(load(folder, 33).config.maxPositions).toBe(128);
    expect(load(folder, 33).fingerprint).not.toBe(load(folder).fingerprint);
  });
});
