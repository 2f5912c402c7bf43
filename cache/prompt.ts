/**
 * The prompt in three parts that are tokenised apart and concatenated as ids:
 * [prefix: chat template and instruction][chunks][suffix: question and the assistant's turn].
 * Ids, never text, are joined: a chunk has the same tokens wherever it stands.
 */
import type { Tokenizer } from '../engine/index.ts';

export const INSTRUCTION = 'Answer from the passages. If they do not say, answer: not stated.';
/** What the reader was taught to say when the passages do not hold the answer. */
export const ABSTENTION = 'not stated';

/** Private-use characters: no template and no tokenizer treats them specially. */
const PASSAGES = '\uE000passages\uE001';

export interface PromptTemplate {
  readonly prefixIds: Int32Array;
  suffixIds(question: string): Int32Array;
}

export function promptTemplate(tokenizer: Tokenizer): PromptTemplate {
  const rendered = tokenizer.renderChat(
    [
      { role: 'system', content: INSTRUCTION },
      { role: 'user', content: PASSAGES },
    ],
    { addGenerationPrompt: true },
  );
  const at = rendered.indexOf(PASSAGES);
  const prefix = rendered.slice(0, at);
  const tail = tokenizer.encode(rendered.slice(at + PASSAGES.length), { special: true });
  return {
    prefixIds: Int32Array.from(tokenizer.encode(prefix, { special: true })),
    // The question is data: special tokens written in it stay plain text.
    suffixIds: (question) =>
      Int32Array.from([...tokenizer.encode(`Question: ${question}`), ...tail]),
  };
}
