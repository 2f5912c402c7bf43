/**
 * Blending has to be right for every family: windows, layers without positions, partly turned heads and soft caps act on
 * cached rows as on fresh ones.
 */
import { describe, expect, it } from 'vitest';
import { testBlending } from '../../cache/index.ts';
import type { Tokenizer } from '../../engine/index.ts';
import { decoderLoader, familyFixtures } from '../engine/support/fixtures.ts';

const load = decoderLoader();

/** The fixtures have no tokenizers: every ninth byte is a token. */
const bytes = (text: string) =>
  [...Buffer.from(text)].filter((_, i) => i % 9 === 0).map((byte) => 3 + (byte % 120));

const tokenizer: Tokenizer = {
  fingerprint: 'bytes',
  vocabSize: 128,
  encode: bytes,
  decode: () => '',
  count: (text) => bytes(text).length,
  renderChat: (messages, { addGenerationPrompt }) =>
    messages.map(({ role, content }) => `${role}: ${content}\n`).join('') +
    (addGenerationPrompt ? 'assistant: ' : ''),
  stream: () => ({ push: () => '', end: () => '' }),
};

describe('blending', () => {
  it.each(familyFixtures)('with every row recomputed is a full read on %s', async (name) => {
    const test = await testBlending(load(name, 'fp32', 128), tokenizer);
    expect(test.recomputedKl).toBeLessThan(1e-5);
    // How near a blended answer comes depends on the weights: random ones may well be refused.
    expect(test.blendedKl).toBeLessThan(10);
  });
});
