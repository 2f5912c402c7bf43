/** Small corpora for the tests of storage; free of vitest, so that child processes can use it. */
import { createHash } from 'node:crypto';
import type {
  Chunk,
  ChunkExtraction,
  CorpusStore,
  EntityType,
  Publication,
} from '../../graph/index.ts';

export const TOKENIZER = 'tokenizer-1';
export const EMBEDDER = 'embedder-1';
export const DIM = 8;

/** Unit vector that depends on the text alone. */
export function fakeEmbedding(text: string, dim = DIM): Float32Array {
  const numbers = Float32Array.from({ length: dim }, (_, i) => {
    const digest = createHash('sha256').update(`${i}:${text}`).digest();
    return digest.readInt32BE(0) / 2 ** 31;
  });
  const norm = Math.hypot(...numbers);
  return numbers.map((value) => value / norm);
}

export interface Section {
  readonly text: string;
  readonly heading?: string;
  readonly mentions?: readonly { name: string; type?: EntityType }[];
}

/** A publication with one chunk per section; ids depend on document, heading and text. */
export function publicationOf(
  workspaceId: string,
  documentId: string,
  version: number,
  title: string,
  sections: readonly (string | Section)[],
  embed: (text: string) => Float32Array = fakeEmbedding,
): Publication {
  const parts = sections.map((section): Section =>
    typeof section === 'string' ? { text: section } : section,
  );
  let start = 0;
  const chunks = parts.map((part, ordinal): Chunk => {
    const span = { start, end: start + part.text.length };
    start = span.end + 2;
    const headingPath = part.heading === undefined ? [title] : [title, part.heading];
    const digest = createHash('sha256')
      .update(JSON.stringify([documentId, part.heading, part.text]))
      .digest('hex');
    return {
      id: `chk_${digest.slice(0, 20)}`,
      workspaceId,
      documentId,
      ordinal,
      headingPath,
      text: part.text,
      ...span,
      page: 1,
      sentences: [span],
      tokenCount: part.text.split(' ').length,
    };
  });
  const extractions = chunks.map((chunk, i): ChunkExtraction => ({
    chunkId: chunk.id,
    mentions: (parts[i]!.mentions ?? []).map(({ name, type = 'thing' }) => ({
      surface: name,
      name,
      type,
      span: { start: chunk.start, end: chunk.start + name.length },
    })),
    triples: [],
  }));
  return {
    documentId,
    version,
    parsed: {
      title,
      text: parts.map((part) => part.text).join('\n\n'),
      blocks: chunks.map(({ start: from, end }) => ({ kind: 'paragraph', start: from, end })),
    },
    chunks,
    tokens: new Map(
      chunks.map((chunk) => [
        chunk.id,
        Int32Array.from(chunk.text, (letter) => letter.codePointAt(0)!),
      ]),
    ),
    vectors: new Map(chunks.map((chunk) => [chunk.id, embed(chunk.text)])),
    extractions,
    tokenizerFingerprint: TOKENIZER,
    embedderFingerprint: EMBEDDER,
  };
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export interface HandedIn {
  readonly mediaType?: string | undefined;
  readonly tags?: readonly string[] | undefined;
}

/** Hands in a document as an upload would, without ingesting it. */
export function handIn(
  corpus: CorpusStore,
  workspaceId: string,
  key: string,
  content: string,
  { mediaType = 'text/plain', tags }: HandedIn = {},
) {
  return corpus.putDocument({
    workspaceId,
    externalKey: key,
    name: key,
    mediaType,
    ...(tags && { tags }),
    source: 'upload',
    contentHash: sha256(content),
    bytes: content.length,
  });
}

/** A job for the document's newest version, begun. */
export function beginRun(
  corpus: CorpusStore,
  workspaceId: string,
  documentId: string,
  kind: 'ingest_document' | 'delete_document' = 'ingest_document',
) {
  const document = corpus.document(workspaceId, documentId)!;
  const job = corpus.createJob({
    workspaceId,
    kind,
    documentId,
    documentName: document.name,
    version: document.version,
  });
  return corpus.beginJob(job.id)!;
}

/** Hands in and publishes; returns the document's id and the publication. */
export function ingest(
  corpus: CorpusStore,
  workspaceId: string,
  key: string,
  title: string,
  sections: readonly (string | Section)[],
  embed?: (text: string) => Float32Array,
  attributes: HandedIn = {},
) {
  const content = JSON.stringify([title, sections]);
  const { document } = handIn(corpus, workspaceId, key, content, attributes);
  const { job, runToken } = beginRun(corpus, workspaceId, document.id);
  const publication = publicationOf(
    workspaceId,
    document.id,
    document.version,
    title,
    sections,
    embed,
  );
  const result = corpus.publish(publication, runToken);
  corpus.finishJob(job.id, runToken, 'succeeded');
  return { documentId: document.id, publication, result };
}

export function remove(corpus: CorpusStore, workspaceId: string, documentId: string) {
  const { job, runToken } = beginRun(corpus, workspaceId, documentId, 'delete_document');
  const removed = corpus.removeDocument(workspaceId, documentId, runToken);
  corpus.finishJob(job.id, runToken, 'succeeded');
  return removed;
}
