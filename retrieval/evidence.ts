/** From an answer's words back to the sentence that says them. */
import { foldText, type Chunk, type Span } from '../graph/index.ts';
import type { EvidenceChain } from './chain.ts';
import type { Question } from './question.ts';
import { termSet } from './term-weights.ts';

/** One cited sentence. */
export interface Evidence {
  readonly chunk: Chunk;
  /** The sentence, in the document's text. */
  readonly span: Span;
  readonly text: string;
  /** Where the answer stands in it. */
  readonly answerSpan: Span | undefined;
}

/** The best chain whose last sentence holds the answer word for word; undefined if none does. */
export function chainWith(
  answer: string,
  chains: readonly EvidenceChain[],
): { chain: EvidenceChain; answerSpan: Span } | undefined {
  for (const chain of chains) {
    const last = chain.sentences.at(-1)!;
    const found = findWords(last.text, answer);
    if (!found) continue;
    const { start } = last.span;
    return { chain, answerSpan: { start: start + found.start, end: start + found.end } };
  }
  return undefined;
}

/** Share of an answer's new terms that its evidence has to hold. */
const GROUNDED_SHARE = 0.75;

/** The best chain that holds what an answer in the reader's own words says beyond the question. */
export function chainBehind(
  question: Question,
  answer: string,
  chains: readonly EvidenceChain[],
): { chain: EvidenceChain; answerSpan: undefined } | undefined {
  const asked = new Set(question.terms);
  const said = [...termSet(answer)].filter((term) => !asked.has(term));
  if (said.length === 0) return undefined;
  for (const chain of chains) {
    const held = said.filter((term) => chain.sentences.some(({ terms }) => terms.has(term)));
    if (held.length >= GROUNDED_SHARE * said.length) return { chain, answerSpan: undefined };
  }
  return undefined;
}

export function evidenceOf(chain: EvidenceChain, answerSpan: Span | undefined): Evidence[] {
  return chain.sentences.map(({ candidate, span, text }, i) => ({
    chunk: candidate.chunk,
    span,
    text,
    answerSpan: i === chain.sentences.length - 1 ? answerSpan : undefined,
  }));
}

/** Whole words, folded. Offsets are of `text` as it is. */
export function findWords(text: string, wanted: string): Span | undefined {
  const target = foldText(wanted).trim();
  if (!target) return undefined;
  const { folded, offsets } = foldWithOffsets(text);
  for (let at = folded.indexOf(target); at >= 0; at = folded.indexOf(target, at + 1)) {
    const end = at + target.length;
    if (isBorder(folded, at) && isBorder(folded, end)) {
      return { start: offsets[at]!, end: offsets[end] ?? text.length };
    }
  }
  return undefined;
}

/** Folding can change lengths ("ß" becomes "ss"): each folded character remembers where it came from. */
function foldWithOffsets(text: string): { folded: string; offsets: number[] } {
  let folded = '';
  const offsets: number[] = [];
  let offset = 0;
  for (const character of text) {
    const piece = foldText(character);
    for (let i = 0; i < piece.length; i++) offsets.push(offset);
    folded += piece;
    offset += character.length;
  }
  return { folded, offsets };
}

/** True if no word runs across the position. */
function isBorder(text: string, position: number): boolean {
  const word = /[\p{L}\p{N}]/u;
  return !(word.test(text[position - 1] ?? '') && word.test(text[position] ?? ''));
}
