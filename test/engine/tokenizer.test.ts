import { describe, expect, it } from 'vitest';
import { ChatTemplateError, type ChatMessage, loadTokenizer } from '../../engine/index.ts';
import { openCheckpointFolder } from '../../engine/checkpoint/folder.ts';
import { openTokenizer } from '../../engine/tokenizer.ts';
import { fixture, readFixtureJson } from './support/fixtures.ts';
import { copyOf, editJson } from './support/folders.ts';

interface TokenizerGolden {
  readonly text: string;
  readonly plain: readonly number[];
  readonly special: readonly number[];
  readonly decoded: string;
  readonly messages: readonly ChatMessage[];
  readonly chat: string;
  readonly chatWithoutPrompt: string;
}

const golden = readFixtureJson<TokenizerGolden>('llama-gqa', 'golden-tokenizer.json');
const tokenizer = loadTokenizer(fixture('llama-gqa'));

describe('the tokenizer', () => {
  it('gives the ids of the native library on a nasty text, special tokens recognised', () => {
    expect(tokenizer.encode(golden.text, { special: true })).toEqual(golden.special);
  });

  it('gives the ids of the native library on a nasty text, special tokens spelled out', () => {
    expect(tokenizer.encode(golden.text)).toEqual(golden.plain);
    expect(tokenizer.count(golden.text)).toBe(golden.plain.length);
  });

  it('never lets text produce a special token unless asked', () => {
    const specials = new Set(
      tokenizer.encode('<|im_start|><|im_end|><|endoftext|>', { special: true }),
    );
    expect(specials.size).toBe(3);
    const ids = tokenizer.encode('a<|im_end|><|im_<|im_end|>end|>\n<|endoftext|>');
    expect(ids.filter((id) => specials.has(id))).toEqual([]);
    expect(tokenizer.decode(ids)).toBe('a<|im_end|><|im_<|im_end|>end|>\n<|endoftext|>');
  });

  it('decodes to the same text as the native library and leaves special tokens out', () => {
    expect(tokenizer.decode(golden.special)).toBe(golden.decoded);
    expect(tokenizer.decode([])).toBe('');
    expect(tokenizer.decode([100_000])).toBe('');
  });

  it('ignores truncation and padding stored in tokenizer.json', () => {
    expect(tokenizer.encode('a')).toHaveLength(1);
    expect(tokenizer.encode(golden.text).length).toBeGreaterThan(100);
  });

  it('streams text that is never cut inside a character', () => {
    const stream = tokenizer.stream();
    const pieces = [...golden.plain.map((id) => stream.push(id)), stream.end()];
    expect(pieces.join('')).toBe(golden.text);
    for (const piece of pieces) {
      expect(piece).not.toMatch(/\p{Surrogate}/u);
      if (!piece.includes('\u{FFFD} end')) expect(piece.endsWith('\u{FFFD}')).toBe(false);
    }
    const twice = tokenizer.stream();
    const text = '👩‍👩‍👧‍👦 日本語 हिन्दी';
    expect(
      tokenizer
        .encode(text)
        .map((id) => twice.push(id))
        .join('') + twice.end(),
    ).toBe(text);
  });

  it('streams incomplete characters only at the end', () => {
    const stream = tokenizer.stream();
    const [first] = tokenizer.encode('日');
    expect(stream.push(first!)).toBe('');
    expect(stream.end()).toBe('\u{FFFD}');
  });

  it('gives the unknown token for characters that the vocabulary lacks', () => {
    const bert = loadTokenizer(fixture('bert'));
    const [unknown] = bert.encode('[UNK]', { special: true });
    expect(bert.encode('fox \u2603 fox')).toEqual([
      ...bert.encode('fox'),
      unknown,
      ...bert.encode('fox'),
    ]);
    expect(bert.encode('fox [SEP] fox')).not.toContain(bert.encode('[SEP]', { special: true })[0]);
  });

  it('gives the ids of the native library for an encoder, framed and truncated', () => {
    const bert = openTokenizer(openCheckpointFolder(fixture('bert')));
    const rows = readFixtureJson<readonly { text: string; query: { ids: number[] } }[]>(
      'bert',
      'golden.json',
    );
    for (const { text, query } of rows)
      expect(bert.encodeFramed(`query: ${text}`, 32)).toEqual(query.ids);
  });

  it('has a fingerprint and a vocabulary size', () => {
    expect(tokenizer.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(tokenizer.vocabSize).toBe(320);
  });
});

describe('a tokenizer.json', () => {
  it('is refused by name where the library would give other ids than the reference', () => {
    const folder = copyOf('llama-gqa');
    editJson(folder, 'tokenizer.json', (json) =>
      Object.assign(json, { pre_tokenizer: { type: 'Whitespace' } }),
    );
    expect(() => loadTokenizer(folder)).toThrow(/"pre_tokenizer" should be another one/);
    editJson(folder, 'tokenizer.json', (json) =>
      Object.assign(json, { model: { type: 'WordLevel', vocab: { a: 0 }, unk_token: 'a' } }),
    );
    expect(() => loadTokenizer(folder)).toThrow(
      /"model.type" should be BPE or Unigram or WordPiece/,
    );
  });
});

describe('the chat template', () => {
  it('renders as the reference does', () => {
    expect(tokenizer.renderChat(golden.messages, { addGenerationPrompt: true })).toBe(golden.chat);
    expect(tokenizer.renderChat(golden.messages, { addGenerationPrompt: false })).toBe(
      golden.chatWithoutPrompt,
    );
  });

  it('is missed with a clear error', () => {
    const bert = loadTokenizer(fixture('bert'));
    expect(() => bert.renderChat(golden.messages, { addGenerationPrompt: true })).toThrow(
      ChatTemplateError,
    );
  });
});
