import { expect, test } from 'vitest';
import type { EngineClient } from '../../cache/index.ts';
import { jobHandler } from '../../ingest/handle-job.ts';
import { refreshModels } from '../../ingest/refresh.ts';
import { sentencesOf } from '../../ingest/sentences.ts';
import {
  beginRun,
  EMBEDDER,
  fakeEmbedding,
  handIn,
  publicationOf,
  temporaryHome,
  testStores,
} from '../graph/fixtures.ts';
import { ingestParts, submitted } from './ingest-parts.ts';

const signal = new AbortController().signal;
const engine = {
  info: {
    embedder: { fingerprint: 'other' },
    reader: { fingerprint: 'reader', tokenizerFingerprint: 'tokenizer' },
  },
  embed: async (texts: readonly string[]) => texts.map((text) => fakeEmbedding(text)),
  precompute: async () => ({ keys: new Map() }),
} as unknown as EngineClient;

/** One document of one chunk for each text, and vectors of the embedder in use. */
function published(embedder: string, texts: readonly string[]) {
  const home = temporaryHome();
  const { corpus, sentences } = testStores(home, { embedder });
  const ws = corpus.createWorkspace({ name: 'Sentences' }).id;
  const { document } = handIn(corpus, ws, 'a.txt', 'bytes');
  const { runToken } = beginRun(corpus, ws, document.id);
  const publication = publicationOf(ws, document.id, 1, 'A', texts);
  corpus.publish(publication, runToken);
  return { home, corpus, sentences, ws, chunks: publication.chunks };
}

test('every sentence is embedded by itself and given to its chunk', async () => {
  const { chunks } = published(EMBEDDER, ['One. Two.', 'Three.']);
  const [first, second] = chunks;
  const { start } = first!;
  const spans = [
    { start, end: start + 4 },
    { start: start + 5, end: start + 9 },
  ];
  const found = await sentencesOf([{ ...first!, sentences: spans }, second!], engine, signal);
  expect(found).toEqual(
    new Map([
      [first!.id, ['One.', 'Two.'].map((text) => fakeEmbedding(text))],
      [second!.id, [fakeEmbedding('Three.')]],
    ]),
  );
});

test.each([true, false])(
  'a change of the embedder renews sentences if they are embedded at all: %s',
  async (embedSentences) => {
    const { home, corpus, sentences, ws, chunks } = published('other', ['One.', 'Two.']);
    sentences.put(EMBEDDER, new Map([[chunks[0]!.id, [fakeEmbedding('One.')]]]));
    const tokenizer = { fingerprint: 'tokenizer', encode: () => [1] } as never;
    const parts = { corpus, sentences, embedSentences, engine, tokenizer };
    await refreshModels(home, parts, signal, '/models/other');
    const ids = chunks.map(({ id }) => id);
    const found = sentences.similarities(ws, ids, fakeEmbedding('One.'));
    expect([...found.keys()]).toEqual(embedSentences ? ids : []);
    if (embedSentences) expect(found.get(ids[0]!)![0]).toBeGreaterThan(0.99);
    expect(sentences.dropOthers(ws, 'other', 10)).toBe(0);
  },
);

test.each([true, false])(
  'an ingested document has sentence vectors if they are asked for: %s',
  async (embedSentences) => {
    const parts = ingestParts();
    const job = await submitted(parts, 'The Fram sailed north. It came back in 1896.');
    const tokenizer = { fingerprint: 'tokenizer', encode: (text: string) => text.split(' ') };
    const handler = jobHandler(
      {
        ...parts,
        engine: { ...parts.engine, ...engine },
        tokenizer: tokenizer as never,
        limits: {},
        embedSentences,
        precomputeKv: false,
      },
      { warn: () => {} },
    );
    await handler({ jobId: job.id, attempt: 1, failures: 0, signal });
    expect(parts.corpus.job(job.id)!.state).toBe('succeeded');
    const ids = parts.corpus.chunkIds(parts.workspaceId, job.documentId);
    const question = fakeEmbedding('It came back in 1896.');
    const found = parts.sentences.similarities(parts.workspaceId, ids, question);
    expect(found.size).toBe(embedSentences ? 1 : 0);
    if (embedSentences) expect(found.get(ids[0]!)![1]).toBeGreaterThan(0.99);
  },
);
