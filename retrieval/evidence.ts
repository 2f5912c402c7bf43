/** From an answer back to the sentences that support it. */
import { foldText, type Chunk, type Span } from '../graph/index.ts';
import { inside, slice, type ScoredSentence } from './sentences.ts';
import type { Candidate } from './types.ts';

export interface Evidence {
  readonly chunk: Chunk;
  /** The sentence, in the document's text. */
  readonly span: Span;
  readonly text: string;
  /** Where the answer stands in it. */
  readonly answerSpan: Span | undefined;
}

/** The best sentence that holds the answer word for word; undefined if none does. */
export function supportOf(
  answer: string,
  sentences: readonly ScoredSentence[],
): (ScoredSentence & { answerSpan: Span }) | undefined {
  for (const sentence of sentences) {
    const found = findWords(sentence.text, answer);
    if (!found) continue;
    const { start } = sentence.span;
    return { ...sentence, answerSpan: { start: start + found.start, end: start + found.end } };
  }
  return undefined;
}

/** The sentence and, where its chunk was reached over a link, the sentences that led to it, first hop first. */
export function chainOf(
  last: Pick<ScoredSentence, 'candidate' | 'span'> & { answerSpan?: Span },
  candidates: readonly Candidate[],
): Evidence[] {
  const byId = new Map(candidates.map((each) => [each.chunk.id, each]));
  const chain: Evidence[] = [evidence(last.candidate.chunk, last.span, last.answerSpan)];
  const seen = new Set([last.candidate.chunk.id]);
  let link = last.candidate.via;
  while (link && !seen.has(link.fromChunkId)) {
    const from = byId.get(link.fromChunkId);
    const { span } = link;
    const sentence = from?.chunk.sentences.find((each) => inside(span, each));
    if (!from || !sentence) break;
    seen.add(from.chunk.id);
    chain.unshift(evidence(from.chunk, sentence, undefined));
    link = from.via;
  }
  return chain;
}

function evidence(chunk: Chunk, span: Span, answerSpan: Span | undefined): Evidence {
  return { chunk, span, text: slice(chunk, span), answerSpan };
}

/** Whole words, folded. Offsets are of `text` as it is. */
export function findWords(text: string, wanted: string): Span | undefined {
  const target = foldText(wanted).trim();
  if (!target) return undefined;
  const { folded, offsets } = foldWithOffsets(text);
  for (let at = folded.indexOf(target); at >= 0; at = folded.indexOf(target, at + 1)) {
    const end = at + target.length;
    if (isBorder(folded, at - 1, at) && isBorder(folded, end - 1, end)) {
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

function isBorder(text: string, left: number, right: number): boolean {
  const word = /[\p{L}\p{N}]/u;
  return !(word.test(text[left] ?? '') && word.test(text[right] ?? ''));
}
