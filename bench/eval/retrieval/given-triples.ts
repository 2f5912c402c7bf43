/** Triples of another extraction, beside our own: their names are looked for in the passage, and tied to it. */
import {
  foldText,
  type Chunk,
  type ChunkExtraction,
  type ExtractedMention,
  type ExtractedTriple,
  type Span,
} from '../../../graph/index.ts';
import type { GivenTriples } from './question-set.ts';

/** Less than most of our own: such triples carry no place in the text. */
const CONFIDENCE = 0.6;

/** Our extraction of a passage with the given names and triples added to its first chunk that speaks of each. */
export function withGivenTriples(
  extractions: readonly ChunkExtraction[],
  chunks: readonly Chunk[],
  given: GivenTriples,
): ChunkExtraction[] {
  const chunkOf = (name: string): Chunk =>
    chunks.find((chunk) => spanOf(name, chunk) !== undefined) ?? chunks[0]!;
  const added = new Map<string, { mentions: ExtractedMention[]; triples: ExtractedTriple[] }>(
    chunks.map((chunk) => [chunk.id, { mentions: [], triples: [] }]),
  );
  const names = new Set([
    ...given.entities,
    ...given.triples.flatMap(([subject, , object]) => [subject ?? '', object ?? '']),
  ]);
  for (const name of names) {
    if (name.trim() === '') continue;
    const chunk = chunkOf(name);
    added.get(chunk.id)!.mentions.push({ surface: name, ...end(name, chunk) });
  }
  for (const [subject, relation, object] of given.triples) {
    if (!subject?.trim() || !relation?.trim() || !object?.trim()) continue;
    const chunk = chunkOf(subject);
    const sentence = sentenceAt(chunk, end(subject, chunk).span);
    added.get(chunk.id)!.triples.push({
      subject: end(subject, chunk),
      relation: { name: relation, span: spanOf(relation, chunk) ?? sentence },
      object: end(object, chunk),
      confidence: CONFIDENCE,
      negated: false,
      sentence,
    });
  }
  return extractions.map((own) => ({
    chunkId: own.chunkId,
    mentions: [...own.mentions, ...(added.get(own.chunkId)?.mentions ?? [])],
    triples: [...own.triples, ...(added.get(own.chunkId)?.triples ?? [])],
  }));
}

function end(name: string, chunk: Chunk): { name: string; type: 'thing'; span: Span } {
  return { name, type: 'thing', span: spanOf(name, chunk) ?? firstSentence(chunk) };
}

/** Where the words stand, without regard to case; only if folding kept the length, so that offsets hold. */
function spanOf(name: string, chunk: Chunk): Span | undefined {
  const folded = foldText(chunk.text);
  if (folded.length !== chunk.text.length) return exactSpan(name, chunk);
  return shifted(folded.indexOf(foldText(name)), name.length, chunk);
}

function exactSpan(name: string, chunk: Chunk): Span | undefined {
  return shifted(chunk.text.indexOf(name), name.length, chunk);
}

function shifted(at: number, length: number, chunk: Chunk): Span | undefined {
  if (at < 0) return undefined;
  return { start: chunk.start + at, end: Math.min(chunk.end, chunk.start + at + length) };
}

function sentenceAt(chunk: Chunk, { start }: Span): Span {
  return (
    chunk.sentences.find((each) => each.start <= start && start < each.end) ?? firstSentence(chunk)
  );
}

function firstSentence(chunk: Chunk): Span {
  return chunk.sentences[0] ?? { start: chunk.start, end: chunk.end };
}
