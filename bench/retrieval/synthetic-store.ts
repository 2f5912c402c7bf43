/** The made-up encyclopedia in real stores: through the same publication as an ingest job, many to a commit. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { packageRoot } from '../../api/index.ts';
import { loadTokenizer } from '../../engine/index.ts';
import type { Chunk, ChunkExtraction, Publication, Stores } from '../../graph/index.ts';
import { chunkDocument } from '../../ingest/chunk/index.ts';
import { extractDocument } from '../../ingest/extract/index.ts';
import type { SyntheticCorpus, SyntheticPassage } from './synthetic.ts';

export const SYNTHETIC_EMBEDDER = 'synthetic';
const DOCUMENTS_PER_COMMIT = 500;

/** Publishes passages `from` up to, not including, `to`: one document and one chunk each. */
export async function publishPassages(
  stores: Stores,
  workspaceId: string,
  corpus: SyntheticCorpus,
  from: number,
  to: number,
  onProgress: (done: number) => void = () => {},
): Promise<void> {
  for (let first = from; first < to; first += DOCUMENTS_PER_COMMIT) {
    const said: { documentId: string; extractions: readonly ChunkExtraction[] }[] = [];
    const last = Math.min(to, first + DOCUMENTS_PER_COMMIT);
    stores.corpus.atomically(() => {
      for (let number = first; number < last; number++) {
        said.push(publishOne(stores, workspaceId, number, corpus.passage(number)));
      }
    });
    await writeGraph(stores, workspaceId, said);
    stores.corpus.atomically(() => {
      for (const { documentId } of said) stores.corpus.markGraphSynced(documentId, 1);
    });
    onProgress(last - from);
  }
}

async function writeGraph(
  { graph }: Stores,
  workspaceId: string,
  said: readonly { documentId: string; extractions: readonly ChunkExtraction[] }[],
): Promise<void> {
  if (graph.replaceDocuments) return void (await graph.replaceDocuments(workspaceId, said));
  for (const { documentId, extractions } of said) {
    await graph.replaceDocument(workspaceId, documentId, extractions);
  }
}

interface Published {
  readonly documentId: string;
  readonly extractions: readonly ChunkExtraction[];
}

interface PublishedText extends Published {
  /** Milliseconds of processor time that chunking and extraction took. */
  readonly readCpuMs: number;
}

/** Publishes what the passage is made of: no text is read. */
function publishOne(
  stores: Stores,
  workspaceId: string,
  number: number,
  passage: SyntheticPassage,
): Published {
  return publishWith(stores, workspaceId, number, passage, (documentId) =>
    publicationOf(workspaceId, documentId, passage),
  );
}

let tokenizer: { count(text: string): number } | undefined;

/** The same from the text alone: through the chunker and the extraction of an ingest job. */
export function publishRead(
  stores: Stores,
  workspaceId: string,
  number: number,
  passage: SyntheticPassage,
): PublishedText {
  const { parsed } = passage;
  tokenizer ??= loadTokenizer(join(packageRoot(), 'models', 'reader'));
  const countTokens = (text: string): number => tokenizer!.count(text);
  let readCpuMs = 0;
  const published = publishWith(stores, workspaceId, number, passage, (documentId) => {
    const before = process.cpuUsage();
    const chunks = chunkDocument({ workspaceId, documentId, parsed, countTokens });
    const extractions = extractDocument({ parsed, chunks });
    readCpuMs = cpuMsSince(before);
    const plain = publicationOf(workspaceId, documentId, passage);
    return {
      ...plain,
      chunks,
      tokens: new Map(chunks.map(({ id, tokenCount }) => [id, new Int32Array(tokenCount)])),
      vectors: new Map(chunks.map(({ id }) => [id, passage.vector])),
      extractions,
    };
  });
  return { ...published, readCpuMs };
}

export function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** Records, begins and publishes one document; the graph is left to the caller. */
function publishWith(
  { corpus }: Stores,
  workspaceId: string,
  number: number,
  { parsed }: SyntheticPassage,
  read: (documentId: string) => Publication,
): Published {
  const { document } = corpus.putDocument({
    workspaceId,
    externalKey: String(number),
    name: `${number}.txt`,
    mediaType: 'text/plain',
    source: 'text',
    contentHash: createHash('sha256').update(`${number} ${parsed.text}`).digest('hex'),
    bytes: parsed.text.length,
    tags: number % 100 === 0 ? ['one in a hundred'] : [],
  });
  const job = corpus.createJob({
    workspaceId,
    kind: 'ingest_document',
    documentId: document.id,
    documentName: document.name,
    version: 1,
  });
  const { runToken } = corpus.beginJob(job.id)!;
  const publication = read(document.id);
  corpus.publish(publication, runToken);
  corpus.finishJob(job.id, runToken, 'succeeded');
  return { documentId: document.id, extractions: publication.extractions };
}

function publicationOf(
  workspaceId: string,
  documentId: string,
  { parsed, sentences, said, vector }: SyntheticPassage,
): Publication {
  const tokenCount = Math.ceil(parsed.text.length / 4);
  const chunk: Chunk = {
    id: `chk_${documentId.slice(4)}`,
    workspaceId,
    documentId,
    ordinal: 0,
    headingPath: [parsed.title],
    text: parsed.text,
    start: 0,
    end: parsed.text.length,
    page: undefined,
    sentences,
    tokenCount,
  };
  return {
    documentId,
    version: 1,
    parsed,
    chunks: [chunk],
    tokens: new Map([[chunk.id, new Int32Array(tokenCount)]]),
    vectors: new Map([[chunk.id, vector]]),
    extractions: [{ chunkId: chunk.id, ...said }],
    tokenizerFingerprint: 'synthetic',
    embedderFingerprint: SYNTHETIC_EMBEDDER,
  };
}
