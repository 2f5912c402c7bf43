/** Tokenizers built like those of well-known families, against the native library; and their chat templates. */
import { describe, expect, it } from 'vitest';
import { ChatTemplateError, type ChatMessage, loadTokenizer } from '../../engine/index.ts';
import { fixture, readFixtureJson } from './support/fixtures.ts';

interface Golden {
  readonly rows: readonly {
    readonly text: string;
    readonly plain: readonly number[];
    readonly special: readonly number[];
    readonly decoded: string;
  }[];
  readonly chats: readonly {
    readonly messages: readonly ChatMessage[];
    readonly chat: string | null;
  }[];
}

describe.each(['llama2', 'llama3', 'qwen2', 'gemma'])('a tokenizer like that of %s', (name) => {
  const tokenizer = loadTokenizer(fixture(`tokenizers/${name}`));
  const { rows, chats } = readFixtureJson<Golden>(`tokenizers/${name}`, 'golden.json');

  it('gives the ids of the native library, special tokens spelled out or recognised', () => {
    for (const { text, plain, special } of rows) {
      expect(tokenizer.encode(text), JSON.stringify(text)).toEqual(plain);
      expect(tokenizer.encode(text, { special: true }), JSON.stringify(text)).toEqual(special);
    }
  });

  it('decodes to the text of the native library', () => {
    for (const { plain, decoded } of rows) expect(tokenizer.decode(plain)).toBe(decoded);
  });

  it('streams what it decodes at once', () => {
    for (const { plain, decoded } of rows) {
      const stream = tokenizer.stream();
      const text = plain.map((id) => stream.push(id)).join('') + stream.end();
      expect(text).toBe(decoded);
    }
  });

  it('renders conversations as transformers does, or refuses them where the template does', () => {
    for (const { messages, chat } of chats) {
      const render = () => tokenizer.renderChat(messages, { addGenerationPrompt: true });
      if (chat === null) expect(render).toThrow(ChatTemplateError);
      else expect(render()).toBe(chat);
    }
  });
});
