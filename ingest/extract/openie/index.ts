/**
 * Open information extraction: who did what, in the words of the sentence, without a model. A tagger gives parts of
 * speech; a grammar of phrases and clauses finds each verb's subject and complements. The graph's own reading
 * (`analyze-sentence.ts`) is stricter: it keeps what is said of names. This one keeps everything that is said.
 */

import type { Span } from '../../../graph/index.ts';
import type { Chunk } from './chunk.ts';
import { chunksOf } from './chunks.ts';
import { clausesOf } from './clauses.ts';
import { tuplesOf } from './tuples.ts';
import type { Words, WordTuple } from './word-tuple.ts';
import { taggedWords, type Word } from './words.ts';

export interface OpenPart extends Span {
  /** The words, single blanks between them; what stands between the first and the last may be left out. */
  readonly text: string;
  /** Its noun phrases without "of" and the like, in order. */
  readonly phrases: readonly Span[];
}

export interface OpenFact {
  readonly subject: OpenPart;
  /** "is" and "has" may be implied; the span is then what stands between subject and object. */
  readonly relation: OpenPart;
  /** Object, then further complements and the phrase that opens the clause; may be empty ("he came"). */
  readonly args: readonly OpenPart[];
  readonly negated: boolean;
  /** 0..1 */
  readonly confidence: number;
}

/** Longer ones are lists or data. */
const MAX_SENTENCE_CHARS = 2_000;

/** Facts of one sentence; spans are offsets into `sentence`. Nothing for sentences of over 2,000 characters. */
export function openFacts(sentence: string): OpenFact[] {
  if (sentence.length > MAX_SENTENCE_CHARS) return [];
  const words = taggedWords(sentence);
  const chunks = chunksOf(words);
  return distinct(
    tuplesOf(words, chunks, clausesOf(chunks))
      .filter(isSaid)
      .map((tuple) => toFact({ sentence, words, chunks }, tuple)),
  );
}

/** A phrase of a quote or a sign alone leaves no words ("Amundsen reached not that"). */
function isSaid({ subject, relation, implied, args }: WordTuple): boolean {
  return [subject, ...args, ...(implied === undefined ? [relation] : [])].every(
    (words) => words.length > 0,
  );
}

interface Reading {
  readonly sentence: string;
  readonly words: readonly Word[];
  readonly chunks: readonly Chunk[];
}

function toFact(reading: Reading, tuple: WordTuple): OpenFact {
  const subject = toPart(reading, tuple.subject);
  const args = tuple.args.map((arg) => toPart(reading, arg));
  const relation =
    tuple.implied === undefined
      ? toPart(reading, tuple.relation)
      : { text: tuple.implied, phrases: [], ...between(subject, args[0] ?? subject) };
  return { subject, relation, args, negated: tuple.negated, confidence: tuple.confidence };
}

function toPart({ sentence, words, chunks }: Reading, indices: Words): OpenPart {
  const spans = indices.map((index) => words[index] as Word);
  let text = '';
  let end: number | undefined;
  for (const word of spans) {
    if (end !== undefined && word.start > end) text += ' ';
    text += sentence.slice(word.start, word.end);
    end = word.end;
  }
  return {
    text,
    start: Math.min(...spans.map((word) => word.start)),
    end: Math.max(...spans.map((word) => word.end)),
    phrases: phrasesWithin(words, chunks, indices),
  };
}

function phrasesWithin(words: readonly Word[], chunks: readonly Chunk[], indices: Words): Span[] {
  const first = indices[0] ?? 0;
  const last = indices.at(-1) ?? -1;
  return chunks
    .filter(({ kind, from, to }) => kind === 'np' && to >= first && from <= last)
    .map(({ from, to }) => ({
      start: (words[Math.max(from, first)] as Word).start,
      end: (words[Math.min(to, last)] as Word).end,
    }));
}

function between(a: Span, b: Span): Span {
  return a.end <= b.start ? { start: a.end, end: b.start } : { start: b.end, end: a.start };
}

function distinct(facts: readonly OpenFact[]): OpenFact[] {
  const byText = new Map<string, OpenFact>();
  for (const fact of facts) {
    const key = [fact.subject, fact.relation, ...fact.args].map((part) => part.text).join('\t');
    if (!byText.has(key)) byText.set(key, fact);
  }
  return [...byText.values()];
}
