/** A (Re-)DocRED document as text, with the places of its gold mentions. */
import type { Span } from '../../../graph/index.ts';

export interface DocredDocument {
  readonly title: string;
  readonly sents: readonly (readonly string[])[];
  /** Entities, each with its mentions; `pos` are tokens [from, to) of sentence `sent_id`. */
  readonly vertexSet: readonly (readonly DocredMention[])[];
  readonly labels: readonly { readonly h: number; readonly t: number; readonly r: string }[];
}

export interface DocredMention {
  readonly name: string;
  readonly type: string;
  readonly sent_id: number;
  readonly pos: readonly [number, number];
}

export interface GoldMention {
  readonly type: string;
  readonly span: Span;
  /** The last word. */
  readonly head: Span;
}

const CLOSING = /^([,.;:!?)\]%]|'s|n't|'(re|ve|ll|d|m))$/;
const OPENING = /^[([$£€]$/;

/** Tokens written as prose again: no blank before a comma or "'s", none behind an opening bracket. */
export function asText({ sents }: DocredDocument): { text: string; tokens: Span[][] } {
  let text = '';
  const tokens = sents.map((sentence) => {
    let isQuoted = false;
    let glue = text === '';
    return sentence.map((token) => {
      const closes = token === '"' && isQuoted;
      if (token === '"') isQuoted = !isQuoted;
      if (!glue && !closes && !CLOSING.test(token)) text += ' ';
      glue = OPENING.test(token) || (token === '"' && !closes);
      const start = text.length;
      text += token;
      return { start, end: text.length };
    });
  });
  return { text, tokens };
}

/** Mentions by entity, as places in `asText`. */
export function goldMentions(
  { vertexSet }: DocredDocument,
  tokens: readonly (readonly Span[])[],
): GoldMention[][] {
  return vertexSet.map((mentions) =>
    mentions.flatMap(({ type, sent_id: sentence, pos: [from, to] }) => {
      const first = tokens[sentence]?.[from];
      const head = tokens[sentence]?.[to - 1];
      if (first === undefined || head === undefined) return [];
      return [{ type, span: { start: first.start, end: head.end }, head }];
    }),
  );
}
