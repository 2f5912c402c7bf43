/**
 * A real instruct model against transformers: token ids, chat template, logits and greedy tokens. To run it:
 *
 *   python test/reference/make_real_golden.py <folder>     # SmolLM2-135M-Instruct, say; writes golden.json there
 *   GRAPHBLEND_TEST_CHECKPOINT=<folder> npm test
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  type ChatMessage,
  type DecoderRunner,
  loadDecoder,
  loadTokenizer,
} from '../../engine/index.ts';
import { argmax, prefill, temporaryFolder } from './support/fixtures.ts';

interface Golden {
  readonly messages: readonly ChatMessage[];
  readonly chat: string;
  readonly ids: readonly number[];
  /** The best logits behind the prompt: token and value. */
  readonly top: readonly (readonly [token: number, logit: number])[];
  readonly greedy: readonly number[];
}

const folder = process.env['GRAPHBLEND_TEST_CHECKPOINT'] ?? '';
const isPresent = existsSync(join(folder, 'golden.json'));
const why = isPresent
  ? ''
  : ' (skipped: GRAPHBLEND_TEST_CHECKPOINT names no folder with a golden.json)';

describe.skipIf(!isPresent)(`a real checkpoint${why}`, () => {
  const cacheDir = temporaryFolder();
  const golden = (): Golden =>
    JSON.parse(readFileSync(join(folder, 'golden.json'), 'utf8')) as Golden;
  let runner: DecoderRunner | undefined;
  const load = () => (runner ??= loadDecoder({ folder, cacheDir, weights: 'fp32', threads: 2 }));
  afterAll(() => runner?.close());

  it('renders its chat template and counts its tokens as transformers does', () => {
    const { messages, chat, ids } = golden();
    const tokenizer = loadTokenizer(folder);
    expect(tokenizer.renderChat(messages, { addGenerationPrompt: true })).toBe(chat);
    expect(tokenizer.encode(chat, { special: true })).toEqual(ids);
  });

  it('gives the logits and the greedy tokens of transformers', { timeout: 120_000 }, () => {
    const { ids, top, greedy } = golden();
    const sequence = load().newSequence(ids.length + greedy.length);
    const logits = prefill(load(), sequence, ids, 0, 'last');
    for (const [token, logit] of top) expect(Math.abs(logits[token]! - logit)).toBeLessThan(1e-4);
    let next = argmax(logits);
    greedy.forEach((expected, i) => {
      expect(next).toBe(expected);
      next = argmax(prefill(load(), sequence, [expected], ids.length + i, 'last'));
    });
  });
});
