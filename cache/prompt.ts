/**
 * The prompt in three parts that are tokenised apart and concatenated as ids:
 * [prefix: chat template and instruction][chunks][suffix: question and the assistant's turn].
 * Ids, never text, are joined: a chunk has the same tokens wherever it stands.
 */
import { ChatTemplateError, type ChatMessage, type Tokenizer } from '../engine/index.ts';
import { PromptTemplateError } from './errors.ts';

export const INSTRUCTION = 'Answer from the passages. If they do not say, answer: not stated.';
/** What the reader was taught to say when the passages do not hold the answer. */
export const ABSTENTION = 'not stated';

/** Private-use characters: no template and no tokenizer treats them specially. */
const PASSAGES = '\uE000passages\uE001';

export interface PromptTemplate {
  readonly prefixIds: Int32Array;
  suffixIds(question: string): Int32Array;
}

/** Throws ChatTemplateError, and PromptTemplateError if the template changes or drops what a user says. */
export function promptTemplate(tokenizer: Tokenizer): PromptTemplate {
  const rendered = renderAround(tokenizer);
  const at = rendered.indexOf(PASSAGES);
  if (at < 0) {
    throw new PromptTemplateError('The chat template does not show the user message as it is', {
      fix: 'Use a checkpoint with an ordinary chat template.',
    });
  }
  const tail = tokenizer.encode(rendered.slice(at + PASSAGES.length), { special: true });
  return {
    prefixIds: Int32Array.from(tokenizer.encode(rendered.slice(0, at), { special: true })),
    // The question is data: special tokens written in it stay plain text.
    suffixIds: (question) =>
      Int32Array.from([...tokenizer.encode(`Question: ${question}`), ...tail]),
  };
}

/** Some templates (Gemma, early Mistral) know no system message: there the user gives the instruction. */
function renderAround(tokenizer: Tokenizer): string {
  const render = (messages: ChatMessage[]): string =>
    tokenizer.renderChat(messages, { addGenerationPrompt: true });
  try {
    return render([
      { role: 'system', content: INSTRUCTION },
      { role: 'user', content: PASSAGES },
    ]);
  } catch (error) {
    if (!(error instanceof ChatTemplateError)) throw error;
    return render([{ role: 'user', content: `${INSTRUCTION}\n\n${PASSAGES}` }]);
  }
}
