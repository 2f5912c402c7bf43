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
const REPLY = '\uE000reply\uE001';
const NEXT = '\uE000next\uE001';

export interface PromptTemplate {
  readonly prefixIds: Int32Array;
  suffixIds(question: string): Int32Array;
  /**
   * Between an answer and the passages of the next question; undefined where the template writes earlier turns
   * otherwise than they were: then a conversation cannot go on from what was computed for them.
   */
  readonly betweenIds: Int32Array | undefined;
}

/** Throws ChatTemplateError, and PromptTemplateError if the template changes or drops what a user says. */
export function promptTemplate(tokenizer: Tokenizer): PromptTemplate {
  const rendered = renderAround(tokenizer, [{ role: 'user', content: PASSAGES }]);
  const at = rendered.indexOf(PASSAGES);
  if (at < 0) {
    throw new PromptTemplateError('The chat template does not show the user message as it is', {
      fix: 'Use a checkpoint with an ordinary chat template.',
    });
  }
  const tailText = rendered.slice(at + PASSAGES.length);
  const tail = tokenizer.encode(tailText, { special: true });
  const between = textBetween(tokenizer, rendered.slice(0, at), tailText);
  return {
    prefixIds: Int32Array.from(tokenizer.encode(rendered.slice(0, at), { special: true })),
    // The question is data: special tokens written in it stay plain text.
    suffixIds: (question) =>
      Int32Array.from([...tokenizer.encode(`Question: ${question}`), ...tail]),
    betweenIds:
      between === undefined
        ? undefined
        : Int32Array.from(tokenizer.encode(between, { special: true })),
  };
}

/** Undefined unless what stands before the next message is, letter for letter, what stood there in the turn before. */
function textBetween(tokenizer: Tokenizer, head: string, tail: string): string | undefined {
  const messages: ChatMessage[] = [
    { role: 'user', content: PASSAGES },
    { role: 'assistant', content: REPLY },
    { role: 'user', content: NEXT },
  ];
  const rendered = renderAround(tokenizer, messages);
  const begins = `${head}${PASSAGES}${tail}${REPLY}`;
  const ends = `${NEXT}${tail}`;
  if (!rendered.startsWith(begins) || !rendered.endsWith(ends)) return undefined;
  return rendered.slice(begins.length, rendered.length - ends.length);
}

/** Some templates (Gemma, early Mistral) know no system message: there the user gives the instruction. */
function renderAround(tokenizer: Tokenizer, messages: readonly ChatMessage[]): string {
  const render = (all: ChatMessage[]): string =>
    tokenizer.renderChat(all, { addGenerationPrompt: true });
  try {
    return render([{ role: 'system', content: INSTRUCTION }, ...messages]);
  } catch (error) {
    if (!(error instanceof ChatTemplateError)) throw error;
    const [first, ...rest] = messages;
    return render([{ role: 'user', content: `${INSTRUCTION}\n\n${first!.content}` }, ...rest]);
  }
}
