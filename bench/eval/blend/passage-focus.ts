/**
 * What the knowledge graph would know about a question's passages: the product's own extraction is run over them, and
 * the places where they speak of the same entities become the focus of the graph policy.
 */
import { entityId, type Chunk, type Fact, type Mention } from '../../../graph/index.ts';
import { splitSentences } from '../../../ingest/chunk/index.ts';
import { extractDocument } from '../../../ingest/extract/index.ts';
import { focusRanges } from '../../../retrieval/index.ts';
import type { FocusRange } from '../../../cache/index.ts';

const WORKSPACE = 'eval';

/** Ranges in the characters of each passage (`{title}\n{text}`, or text alone). */
export function passageFocus(question: string, passages: readonly string[]): FocusRange[][] {
  const chunks = passages.map(chunkOf);
  const read = chunks.map(extractionsOf);
  const ranges = focusRanges(
    chunks,
    read.flatMap(({ mentions }) => mentions),
    read.flatMap(({ facts }) => facts),
    namedIn(
      question,
      read.flatMap(({ mentions }) => mentions),
    ),
  );
  return chunks.map(({ id, headingPath }) => {
    // A prompt has an empty title line where there is no title; a passage has none.
    const shift = headingPath.length === 0 ? -1 : 0;
    return (ranges.get(id) ?? []).map(({ start, end, weight }) => ({
      start: start + shift,
      end: end + shift,
      weight,
    }));
  });
}

/** The first line is the title where there is one; spans count from the start of the text. */
function chunkOf(passage: string, index: number): Chunk {
  const lineEnd = passage.indexOf('\n');
  const title = lineEnd < 0 ? '' : passage.slice(0, lineEnd);
  const text = passage.slice(lineEnd + 1);
  return {
    id: `chunk ${index}`,
    workspaceId: WORKSPACE,
    documentId: `document ${index}`,
    ordinal: 0,
    headingPath: title ? [title] : [],
    text,
    start: 0,
    end: text.length,
    page: undefined,
    sentences: splitSentences(text),
    tokenCount: 0,
  };
}

function extractionsOf(chunk: Chunk): { mentions: Mention[]; facts: Fact[] } {
  const { text, documentId, id: chunkId } = chunk;
  const parsed = {
    title: chunk.headingPath[0] ?? '',
    text,
    blocks: [{ kind: 'paragraph' as const, start: 0, end: text.length }],
  };
  const [extraction] = extractDocument({ parsed, chunks: [chunk] });
  const idOf = (name: string): string => entityId(WORKSPACE, name);
  const end = (name: string, type: Mention['type']) => ({ id: idOf(name), name, type });
  const mentions = (extraction?.mentions ?? []).map(({ name, surface, type, span }): Mention => ({
    entityId: idOf(name),
    entityName: name,
    documentId,
    chunkId,
    surface,
    type,
    span,
  }));
  const facts = (extraction?.triples ?? []).map(
    ({ subject, relation, object, confidence, negated, sentence }, i): Fact => ({
      id: `${chunkId} ${i}`,
      subject: end(subject.name, subject.type),
      relation: relation.name,
      object: end(object.name, object.type),
      confidence,
      negated,
      support: [
        {
          documentId,
          chunkId,
          subjectSpan: subject.span,
          relationSpan: relation.span,
          objectSpan: object.span,
          sentence,
        },
      ],
    }),
  );
  return { mentions, facts };
}

/** Entities whose words stand in the question. */
function namedIn(question: string, mentions: readonly Mention[]): Set<string> {
  const asked = question.toLowerCase();
  const named = mentions.filter(({ surface }) => asked.includes(surface.toLowerCase()));
  return new Set(named.map((mention) => mention.entityId));
}
