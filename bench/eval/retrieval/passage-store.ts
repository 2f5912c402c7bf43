/**
 * The passages of a question set in real stores: one document each, through the product's chunker, extraction,
 * indices and graph. Only parsing and the KV cache are left out: passages are plain text, and nothing is read here.
 */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../../api/index.ts';
import { loadTokenizer, type EmbedderRunner } from '../../../engine/index.ts';
import {
  chunkPromptText,
  openStores,
  type Chunk,
  type GraphStore,
  type Stores,
} from '../../../graph/index.ts';
import { chunkDocument } from '../../../ingest/chunk/index.ts';
import { extractDocument } from '../../../ingest/extract/index.ts';
import {
  embedTextsOfWorkspace,
  type EmbeddedTexts,
  type GraphTextParts,
} from '../../../ingest/graph-texts.ts';
import { openingTitle } from '../../../ingest/parse/index.ts';
import { syncTitles, withTitles } from '../../../ingest/titles/index.ts';
import { withGivenTriples } from './given-triples.ts';
import type { GivenTriples, Passage, PassageId } from './question-set.ts';

export interface PassageStore {
  readonly stores: Stores;
  readonly workspaceId: string;
  /** Chunk id -> passage id. */
  readonly passageOf: ReadonlyMap<string, PassageId>;
  /** Seconds spent in each part of the ingest; empty if a kept store was opened. */
  readonly seconds: Readonly<Record<string, number>>;
  close(): Promise<void>;
}

export interface PassageStoreOptions {
  readonly passages: readonly Passage[];
  /** Without one there are no dense scores. */
  readonly embedder: EmbedderRunner | undefined;
  readonly triples?: readonly GivenTriples[];
  /** Sentences are embedded too. */
  readonly sentences?: boolean;
  /** What of the graph is embedded too; default: nothing. */
  readonly graphTexts?: EmbeddedTexts;
  /** Titles are not shown to the product: a document is called what its text opens with, if that is a name. */
  readonly withoutTitles?: boolean;
  /** Keeps the stores here, and uses those that are there if all they were made from is the same. */
  readonly keep?: string;
  readonly onProgress?: (done: number) => void;
}

/** Passages embedded and published at a time. */
const BATCH = 32;

export async function openPassageStore(options: PassageStoreOptions): Promise<PassageStore> {
  const home = options.keep
    ? join(options.keep, madeFrom(options).slice(0, 16))
    : mkdtempSync(join(tmpdir(), 'graphblend-passages-'));
  const record = join(home, 'passages.json');
  if (existsSync(record)) return open(home, options, JSON.parse(readFileSync(record, 'utf8')));
  if (options.keep) rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  const store = await ingest(home, options);
  if (options.keep) {
    const { workspaceId, passageOf } = store;
    writeFileSync(record, JSON.stringify({ workspaceId, passageOf: [...passageOf] }));
  }
  return store;
}

function open(
  home: string,
  { embedder, keep }: PassageStoreOptions,
  { workspaceId, passageOf }: { workspaceId: string; passageOf: [string, PassageId][] },
  seconds: Readonly<Record<string, number>> = {},
): PassageStore {
  const stores = openStores({ home, embedder: embedder?.fingerprint ?? NO_EMBEDDER });
  return {
    stores,
    workspaceId,
    passageOf: new Map(passageOf),
    seconds,
    close: async () => {
      await stores.close();
      if (!keep) rmSync(home, { recursive: true, force: true });
    },
  };
}

const NO_EMBEDDER = 'none';
/** Stands for "no vector": it is stored, and no search ever asks for it. */
const NO_VECTOR = Float32Array.of(1);

/** Changes with everything the stores are made from, the code of chunking and extraction included. */
function madeFrom(options: PassageStoreOptions): string {
  const { passages, embedder, triples, withoutTitles, sentences, graphTexts } = options;
  const parts = [passages, triples, withoutTitles, sentences, graphTexts];
  const hash = createHash('sha256').update(JSON.stringify(parts));
  hash.update(embedder?.fingerprint ?? NO_EMBEDDER);
  for (const part of ['ingest/chunk', 'ingest/extract', 'ingest/titles', 'graph/sqlite']) {
    const folder = join(import.meta.dirname, '../../..', part);
    const files = readdirSync(folder, { recursive: true, withFileTypes: true });
    const paths = files
      .filter((each) => each.isFile())
      .map((each) => join(each.parentPath, each.name));
    for (const path of paths.toSorted()) hash.update(readFileSync(path));
  }
  return hash.digest('hex');
}

interface Prepared {
  readonly passage: Passage;
  readonly documentId: string;
  readonly name: string;
  readonly parsed: Parameters<typeof extractDocument>[0]['parsed'];
  readonly chunks: readonly Chunk[];
}

async function ingest(home: string, options: PassageStoreOptions): Promise<PassageStore> {
  const seconds = { chunk: 0, extract: 0, embed: 0, sentences: 0, 'graph texts': 0, store: 0 };
  const empty = open(home, options, { workspaceId: '', passageOf: [] }, seconds);
  const { stores } = empty;
  const workspaceId = stores.corpus.createWorkspace({ name: 'passages' }).id;
  const tokenizer = loadTokenizer(join(packageRoot(), 'models', 'reader'));
  const titled = { ...stores, graph: linked(stores) };
  const givenOf = new Map(options.triples?.map((each) => [each.id, each]));
  const passageOf = new Map<string, PassageId>();
  for (let i = 0; i < options.passages.length; i += BATCH) {
    const batch = timed(seconds, 'chunk', () =>
      options.passages
        .slice(i, i + BATCH)
        .map((passage) => prepare(stores, workspaceId, passage, options, tokenizer)),
    );
    const chunks = batch.flatMap((each) => each.chunks);
    const vectors = timed(seconds, 'embed', () => vectorsOf(chunks, options.embedder));
    const sentences = timed(seconds, 'sentences', () => sentencesOf(chunks, options));
    for (const prepared of batch) {
      const own = timed(seconds, 'extract', () => extractDocument(prepared));
      const given = givenOf.get(prepared.passage.id);
      const extractions = given ? withGivenTriples(own, prepared.chunks, given) : own;
      const started = performance.now();
      await publish(titled, workspaceId, prepared, vectors, extractions, options.embedder);
      seconds.store += (performance.now() - started) / 1000;
      for (const { id } of prepared.chunks) passageOf.set(id, prepared.passage.id);
    }
    if (options.embedder) stores.sentences.put(options.embedder.fingerprint, sentences);
    options.onProgress?.(Math.min(i + BATCH, options.passages.length));
  }
  const started = performance.now();
  await syncTitles(workspaceId, titled);
  seconds.store += (performance.now() - started) / 1000;
  const texts = performance.now();
  await embedTexts(stores, workspaceId, options);
  seconds['graph texts'] += (performance.now() - texts) / 1000;
  return { ...empty, workspaceId, passageOf };
}

/** Names and facts, as an ingest job embeds them. */
async function embedTexts(
  { corpus, graphTexts }: Stores,
  workspaceId: string,
  { embedder, graphTexts: embedGraph }: PassageStoreOptions,
): Promise<void> {
  if (!embedder) return;
  const engine = {
    info: { embedder: { fingerprint: embedder.fingerprint } },
    embed: async (texts: readonly string[], kind: 'query' | 'passage') =>
      embedder.embed(texts, kind),
  } as unknown as GraphTextParts['engine'];
  const parts = { corpus, graphTexts, embedGraph, engine };
  await embedTextsOfWorkspace(workspaceId, parts, new AbortController().signal);
}

/** Passages name each other by title, as documents do. */
function linked(stores: Stores): GraphStore {
  return withTitles(stores.graph, stores);
}

function prepare(
  { corpus }: Stores,
  workspaceId: string,
  passage: Passage,
  { withoutTitles }: PassageStoreOptions,
  tokenizer: { count(text: string): number },
): Prepared {
  const { text } = passage;
  const name = `${passage.id}.txt`;
  const { document } = corpus.putDocument({
    workspaceId,
    externalKey: String(passage.id),
    name,
    mediaType: 'text/plain',
    source: 'text',
    contentHash: createHash('sha256').update(`${passage.id}\n${text}`).digest('hex'),
    bytes: Buffer.byteLength(text),
  });
  const parsed = {
    title: withoutTitles ? openingTitle(text) : passage.title,
    text,
    blocks: [{ kind: 'paragraph' as const, start: 0, end: text.length }],
  };
  const chunks = chunkDocument({
    workspaceId,
    documentId: document.id,
    parsed,
    countTokens: (part) => tokenizer.count(part),
  });
  return { passage, documentId: document.id, name, parsed, chunks };
}

/** None unless they are asked for. */
function sentencesOf(
  chunks: readonly Chunk[],
  { embedder, sentences }: PassageStoreOptions,
): Map<string, Float32Array[]> {
  if (!embedder || !sentences) return new Map();
  const texts = chunks.map(({ text, start, sentences: spans }) =>
    spans.map((span) => text.slice(span.start - start, span.end - start)),
  );
  const vectors = embedder.embed(texts.flat(), 'passage');
  let next = 0;
  return new Map(chunks.map(({ id }, i) => [id, vectors.slice(next, (next += texts[i]!.length))]));
}

function vectorsOf(
  chunks: readonly Chunk[],
  embedder: EmbedderRunner | undefined,
): Map<string, Float32Array> {
  const vectors = embedder?.embed(chunks.map(chunkPromptText), 'passage');
  return new Map(chunks.map((chunk, i) => [chunk.id, vectors?.[i] ?? NO_VECTOR]));
}

async function publish(
  { corpus, graph }: Stores,
  workspaceId: string,
  { documentId, name, parsed, chunks }: Prepared,
  vectors: ReadonlyMap<string, Float32Array>,
  extractions: ReturnType<typeof extractDocument>,
  embedder: EmbedderRunner | undefined,
): Promise<void> {
  const { id } = corpus.createJob({
    workspaceId,
    kind: 'ingest_document',
    documentId,
    documentName: name,
    version: 1,
  });
  const { runToken } = corpus.beginJob(id)!;
  corpus.publish(
    {
      documentId,
      version: 1,
      parsed,
      chunks,
      tokens: new Map(chunks.map((chunk) => [chunk.id, new Int32Array(0)])),
      vectors: new Map(chunks.map((chunk) => [chunk.id, vectors.get(chunk.id)!])),
      extractions,
      tokenizerFingerprint: 'none',
      embedderFingerprint: embedder?.fingerprint ?? NO_EMBEDDER,
    },
    runToken,
  );
  await graph.replaceDocument(workspaceId, documentId, extractions);
  corpus.markGraphSynced(documentId, 1);
  corpus.finishJob(id, runToken, 'succeeded');
}

function timed<T, K extends string>(seconds: Record<K, number>, part: K, work: () => T): T {
  const started = performance.now();
  const result = work();
  seconds[part] += (performance.now() - started) / 1000;
  return result;
}
