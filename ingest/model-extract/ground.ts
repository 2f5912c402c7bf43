/**
 * A model's reply -> triples that enter: every end must stand in the chunk, as itself or as words that the
 * rules resolved to it ("the film", "she"). What does not is rejected with the reason.
 */

import { z } from 'zod';
import {
  foldText,
  type Chunk,
  type ChunkExtraction,
  type EntityType,
  type ExtractedTriple,
  type Span,
} from '../../graph/index.ts';
import { nameFault } from '../extract/contract.ts';
import type { Rejected } from '../schema/index.ts';

/** A model's word is worth less than a rule that saw the grammar, more than a loose one. */
const CONFIDENCE = 0.75;
const MAX_RELATION_CHARS = 80;

const replySchema = z.object({
  facts: z.array(z.object({ subject: z.string(), relation: z.string(), object: z.string() })),
});

export interface GroundedReply {
  readonly triples: ExtractedTriple[];
  readonly rejected: Rejected[];
}

interface Place {
  readonly span: Span;
  readonly type: EntityType;
}

/** Undefined if the reply is not of the form. */
export function groundReply(
  reply: string,
  chunk: Chunk,
  rules: ChunkExtraction | undefined,
): GroundedReply | undefined {
  const read = replySchema.safeParse(jsonOf(reply));
  if (!read.success) return undefined;
  const triples: ExtractedTriple[] = [];
  const rejected: Rejected[] = [];
  const seen = new Set<string>();
  for (const fact of read.data.facts) {
    const key = JSON.stringify([fact.subject, fact.relation, fact.object]);
    if (seen.has(key)) continue;
    seen.add(key);
    const one = ground(trimmed(fact), chunk, rules);
    if (typeof one === 'string')
      rejected.push({ chunkId: chunk.id, reason: one, ...trimmed(fact), sentence: chunk });
    else triples.push(one);
  }
  return {
    triples,
    rejected: rejected.map((one) => ({ ...one, sentence: { start: chunk.start, end: chunk.end } })),
  };
}

interface Fact {
  readonly subject: string;
  readonly relation: string;
  readonly object: string;
}

function trimmed({ subject, relation, object }: Fact): Fact {
  return { subject: subject.trim(), relation: relation.trim(), object: object.trim() };
}

function ground(
  { subject, relation, object }: Fact,
  chunk: Chunk,
  rules: ChunkExtraction | undefined,
): ExtractedTriple | string {
  for (const name of [subject, object]) {
    const fault = nameFault(name);
    if (fault !== undefined) return fault;
  }
  if (relation === '' || relation.length > MAX_RELATION_CHARS) return 'length';
  if (foldText(subject) === foldText(object)) return 'self';
  const pair = nearestPair(placesOf(subject, chunk, rules), placesOf(object, chunk, rules));
  if (pair === undefined) return 'span';
  const [from, to] = pair;
  const sentence = sentenceOf(chunk, from.span, to.span);
  return {
    subject: { name: subject, type: from.type, span: from.span },
    relation: { name: relation.toLowerCase(), span: relationSpan(relation, chunk, sentence, pair) },
    object: { name: object, type: to.type, span: to.span },
    confidence: CONFIDENCE,
    negated: false,
    sentence,
  };
}

/** Where the name stands, and where words stand that the rules took to mean it. */
function placesOf(name: string, chunk: Chunk, rules: ChunkExtraction | undefined): Place[] {
  const folded = foldText(name);
  const ends = (rules?.triples ?? []).flatMap((one) => [one.subject, one.object]);
  const known = [...(rules?.mentions ?? []), ...ends];
  const resolved = known
    .filter((one) => foldText(one.name) === folded)
    .map(({ span, type }) => ({ span, type }));
  const type = resolved[0]?.type ?? 'thing';
  return [...occurrences(name, chunk).map((span) => ({ span, type })), ...resolved];
}

function occurrences(name: string, chunk: Chunk): Span[] {
  const text = chunk.text.toLowerCase();
  const wanted = name.toLowerCase();
  // Lower case may have another length (İ): then places would be wrong.
  if (text.length !== chunk.text.length || wanted === '') return [];
  const found: Span[] = [];
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + 1)) {
    const end = at + wanted.length;
    const isWhole = !isWordAt(text, at - 1) && !isWordAt(text, end);
    if (isWhole) found.push({ start: chunk.start + at, end: chunk.start + end });
  }
  return found;
}

function isWordAt(text: string, at: number): boolean {
  return at >= 0 && at < text.length && /[\p{L}\p{N}]/u.test(text[at] as string);
}

function nearestPair(
  subjects: readonly Place[],
  objects: readonly Place[],
): [Place, Place] | undefined {
  let best: [Place, Place] | undefined;
  let least = Infinity;
  for (const subject of subjects)
    for (const object of objects) {
      const gap = Math.max(
        subject.span.start - object.span.end,
        object.span.start - subject.span.end,
      );
      if (gap < 0 || gap >= least) continue;
      least = gap;
      best = [subject, object];
    }
  return best;
}

/** The sentence that holds both ends, or the sentences from the first to the last of them. */
function sentenceOf(chunk: Chunk, a: Span, b: Span): Span {
  const start = Math.min(a.start, b.start);
  const end = Math.max(a.end, b.end);
  const touched = chunk.sentences.filter((one) => one.start < end && start < one.end);
  return {
    start: Math.min(start, touched[0]?.start ?? start),
    end: Math.max(end, touched.at(-1)?.end ?? end),
  };
}

/** A word of the relation in the sentence, else what stands between the ends. */
function relationSpan(
  relation: string,
  chunk: Chunk,
  sentence: Span,
  [subject, object]: readonly [Place, Place],
): Span {
  const text = chunk.text.slice(sentence.start - chunk.start, sentence.end - chunk.start);
  const stems = (relation.toLowerCase().match(/[\p{L}\p{N}]{4,}/gu) ?? []).map((one) =>
    one.slice(0, 5),
  );
  for (const match of text.matchAll(/[\p{L}\p{N}]+/gu))
    if (stems.some((stem) => match[0].toLowerCase().startsWith(stem)))
      return {
        start: sentence.start + match.index,
        end: sentence.start + match.index + match[0].length,
      };
  const [left, right] = [subject.span, object.span].sort((a, b) => a.start - b.start);
  const between = { start: (left as Span).end, end: (right as Span).start };
  return between.end > between.start ? between : sentence;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Servers without a form to keep to wrap JSON in prose or fences.
    const inner = /\{[\s\S]*\}/.exec(text)?.[0];
    try {
      return inner === undefined ? undefined : JSON.parse(inner);
    } catch {
      return undefined;
    }
  }
}
