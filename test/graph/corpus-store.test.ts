import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import {
  ConflictError,
  DimensionError,
  NotFoundError,
  StaleRunError,
  StorageError,
  openCorpus,
} from '../../graph/index.ts';
import {
  EMBEDDER,
  TOKENIZER,
  beginRun,
  handIn,
  ingest,
  publicationOf,
  remove,
  temporaryHome,
  testStores,
} from './fixtures.ts';

const PARIS = 'Paris is the capital of France.';
const ROME = 'Rome is the capital of Italy.';
const OSLO = 'Oslo is the capital of Norway.';

function workspaceWithCities() {
  const stores = testStores();
  const workspace = stores.corpus.createWorkspace({ name: 'Cities' });
  return { ...stores, ws: workspace.id };
}

describe('handing in a document', () => {
  it('creates it, then takes the same bytes as unchanged, under the same key and under another', () => {
    const { corpus, ws } = workspaceWithCities();
    const first = handIn(corpus, ws, 'a.txt', 'one');
    expect(first).toMatchObject({
      outcome: 'created',
      document: { version: 1, status: 'pending', publishedVersion: 0 },
    });
    expect(handIn(corpus, ws, 'a.txt', 'one')).toEqual({
      document: first.document,
      outcome: 'unchanged',
    });
    expect(handIn(corpus, ws, 'b.txt', 'one')).toEqual({
      document: first.document,
      outcome: 'unchanged',
    });
  });

  it('gives changed bytes the next version and keeps the published one in use', () => {
    const { corpus, ws } = workspaceWithCities();
    const { documentId } = ingest(corpus, ws, 'a.txt', 'Cities', [PARIS]);
    const { document, outcome } = handIn(corpus, ws, 'a.txt', 'other bytes');
    expect(outcome).toBe('updated');
    expect(document).toMatchObject({
      id: documentId,
      version: 2,
      publishedVersion: 1,
      status: 'pending',
      title: 'Cities',
    });
    expect(corpus.chunkIds(ws, documentId)).toHaveLength(1);
  });

  it('does not take a failed document for the same bytes under another name', () => {
    const { corpus, ws } = workspaceWithCities();
    const { document } = handIn(corpus, ws, 'a.pdf', 'one');
    corpus.setDocumentStatus(document.id, 1, 'failed', { code: 'x', message: 'm', fix: 'f' });
    expect(handIn(corpus, ws, 'a.txt', 'one').outcome).toBe('created');
  });

  it('refuses an unknown workspace', () => {
    const { corpus } = workspaceWithCities();
    expect(() => handIn(corpus, 'ws_none', 'a.txt', 'one')).toThrow(NotFoundError);
  });

  it('keeps workspaces apart: the same bytes elsewhere are a document of their own', () => {
    const { corpus, ws } = workspaceWithCities();
    const other = corpus.createWorkspace({ name: 'Other' }).id;
    handIn(corpus, ws, 'a.txt', 'one');
    const { document, outcome } = handIn(corpus, other, 'a.txt', 'one');
    expect(outcome).toBe('created');
    expect(corpus.document(ws, document.id)).toBeUndefined();
  });

  it('ignores a status that concerns an older version', () => {
    const { corpus, ws } = workspaceWithCities();
    const { document } = handIn(corpus, ws, 'a.txt', 'one');
    handIn(corpus, ws, 'a.txt', 'two');
    corpus.setDocumentStatus(document.id, 1, 'failed');
    expect(corpus.document(ws, document.id)!.status).toBe('pending');
    corpus.setDocumentStatus(document.id, 2, 'failed', { code: 'c', message: 'm', fix: 'f' });
    expect(corpus.document(ws, document.id)).toMatchObject({
      status: 'failed',
      error: { code: 'c', message: 'm', fix: 'f' },
    });
  });
});

describe('publishing', () => {
  it('stores all that the publication holds', () => {
    const { corpus, ws } = workspaceWithCities();
    const { documentId, publication, result } = ingest(corpus, ws, 'a.txt', 'Cities', [
      PARIS,
      ROME,
    ]);
    expect(result).toMatchObject({
      chunksAdded: 2,
      chunksKept: 0,
      chunksRemoved: 0,
      obsoleteKvKeys: [],
    });
    const ids = publication.chunks.map((chunk) => chunk.id);
    expect(corpus.chunkIds(ws, documentId)).toEqual(ids);
    expect(corpus.chunks(ws, [ids[1]!, 'chk_none', ids[0]!])).toEqual([
      publication.chunks[1],
      publication.chunks[0],
    ]);
    expect(corpus.chunkTokens(ws, ids, TOKENIZER)).toEqual(publication.tokens);
    expect(corpus.chunkTokens(ws, ids, 'another tokenizer')).toEqual(new Map());
    expect(corpus.chunkVectors(ws, ids)).toEqual(publication.vectors);
    expect(corpus.extractionsOfDocument(documentId)).toEqual(publication.extractions);
    const { title, text, blocks } = publication.parsed;
    expect(corpus.documentText(ws, documentId)).toEqual({ title, text, blocks });
    expect(corpus.document(ws, documentId)).toMatchObject({
      status: 'ready',
      publishedVersion: 1,
      chunkCount: 2,
      title: 'Cities',
    });
    expect(corpus.counts(ws)).toMatchObject({ documents: 1, chunks: 2 });
  });

  it('replaces exactly the chunks that changed', async () => {
    const { corpus, lexical, vectors, ws } = workspaceWithCities();
    const { documentId, publication: before } = ingest(corpus, ws, 'a.txt', 'Cities', [
      PARIS,
      ROME,
    ]);
    const [paris, rome] = before.chunks.map((chunk) => chunk.id) as [string, string];
    corpus.setChunkKv(
      new Map([
        [paris, 'kv-paris'],
        [rome, 'kv-rome'],
      ]),
    );

    handIn(corpus, ws, 'a.txt', 'edited');
    const { runToken } = beginRun(corpus, ws, documentId);
    const after = publicationOf(ws, documentId, 2, 'Cities', [OSLO, PARIS]);
    const result = corpus.publish(
      { ...after, tokens: except(after.tokens, paris), vectors: except(after.vectors, paris) },
      runToken,
    );

    const oslo = after.chunks[0]!.id;
    expect(result).toMatchObject({
      chunksAdded: 1,
      chunksKept: 1,
      chunksRemoved: 1,
      obsoleteKvKeys: ['kv-rome'],
    });
    expect(corpus.chunks(ws, [oslo, paris, rome])).toEqual(after.chunks);
    expect([...corpus.chunkTokens(ws, [oslo, paris, rome], TOKENIZER).keys()].sort()).toEqual(
      [oslo, paris].sort(),
    );
    expect(corpus.chunkVectors(ws, [paris]).get(paris)).toEqual(before.vectors.get(paris));
    expect(corpus.chunkKv([oslo, paris, rome])).toEqual(new Map([[paris, 'kv-paris']]));
    expect(await lexical.search(ws, 'Rome', { limit: 5 })).toEqual([]);
    expect((await lexical.search(ws, 'Oslo', { limit: 5 })).map((hit) => hit.chunkId)).toEqual([
      oslo,
    ]);
    expect(await vectors.ids(ws)).toEqual([oslo, paris].sort());
  });

  it('gives the same state as publishing the last version alone', () => {
    const { corpus, ws } = workspaceWithCities();
    const { documentId } = ingest(corpus, ws, 'a.txt', 'Cities', [PARIS, ROME]);
    const before = corpus
      .dump(ws)
      .filter((line) => /^(chunk|lexical|vector|tokens|extraction) /u.test(line));
    ingest(corpus, ws, 'a.txt', 'Towns', [{ text: PARIS, heading: 'North' }, OSLO]);
    ingest(corpus, ws, 'a.txt', 'Cities', [PARIS, ROME]);
    const after = corpus
      .dump(ws)
      .filter((line) => /^(chunk|lexical|vector|tokens|extraction) /u.test(line));
    expect(after).toEqual(before);
    expect(corpus.document(ws, documentId)!.version).toBe(3);
  });

  it('finds a kept chunk by a new title and no longer by the old one', async () => {
    const { corpus, lexical, ws } = workspaceWithCities();
    ingest(corpus, ws, 'a.txt', 'Metropoles', [PARIS]);
    ingest(corpus, ws, 'a.txt', 'Strongholds', [PARIS]);
    expect(await lexical.search(ws, 'metropoles', { limit: 5 })).toHaveLength(0);
    expect(await lexical.search(ws, 'strongholds', { limit: 5 })).toHaveLength(1);
  });

  it('refuses a run that another run has replaced, and writes nothing', () => {
    const { corpus, ws } = workspaceWithCities();
    const { document } = handIn(corpus, ws, 'a.txt', 'one');
    const { job, runToken } = beginRun(corpus, ws, document.id);
    const second = corpus.beginJob(job.id)!;
    const publication = publicationOf(ws, document.id, 1, 'Cities', [PARIS]);
    expect(() => corpus.publish(publication, runToken)).toThrow(StaleRunError);
    expect(() => corpus.updateJob(job.id, runToken, { stage: 'parse', done: 1, total: 2 })).toThrow(
      StaleRunError,
    );
    expect(() => corpus.finishJob(job.id, runToken, 'failed')).toThrow(StaleRunError);
    expect(corpus.chunkIds(ws, document.id)).toEqual([]);
    expect(corpus.publish(publication, second.runToken).chunksAdded).toBe(1);
    expect(corpus.finishJob(job.id, second.runToken, 'succeeded')).toMatchObject({
      state: 'succeeded',
      attempts: 2,
    });
    expect(() => corpus.publish(publication, second.runToken)).toThrow(StaleRunError);
  });

  it('refuses a version that was superseded while it was worked on', () => {
    const { corpus, ws } = workspaceWithCities();
    const { document } = handIn(corpus, ws, 'a.txt', 'one');
    const { runToken } = beginRun(corpus, ws, document.id);
    handIn(corpus, ws, 'a.txt', 'two');
    expect(() => corpus.publish(publicationOf(ws, document.id, 1, 'T', [PARIS]), runToken)).toThrow(
      StaleRunError,
    );
    expect(corpus.document(ws, document.id)).toMatchObject({
      version: 2,
      publishedVersion: 0,
      status: 'pending',
    });
  });

  it("refuses another document's run, and a document that is being deleted", () => {
    const { corpus, ws } = workspaceWithCities();
    const a = handIn(corpus, ws, 'a.txt', 'one').document;
    const b = handIn(corpus, ws, 'b.txt', 'two').document;
    const { runToken } = beginRun(corpus, ws, a.id);
    expect(() => corpus.publish(publicationOf(ws, b.id, 1, 'T', [PARIS]), runToken)).toThrow(
      StaleRunError,
    );
    corpus.setDocumentStatus(a.id, 1, 'deleting');
    expect(() => corpus.publish(publicationOf(ws, a.id, 1, 'T', [PARIS]), runToken)).toThrow(
      StaleRunError,
    );
  });

  it('refuses a publication with a gap as a whole', () => {
    const { corpus, ws } = workspaceWithCities();
    const { document } = handIn(corpus, ws, 'a.txt', 'one');
    const { runToken } = beginRun(corpus, ws, document.id);
    const whole = publicationOf(ws, document.id, 1, 'T', [PARIS, ROME]);
    const last = whole.chunks[1]!.id;
    expect(() =>
      corpus.publish({ ...whole, vectors: except(whole.vectors, last) }, runToken),
    ).toThrow(ConflictError);
    expect(() =>
      corpus.publish({ ...whole, tokens: except(whole.tokens, last) }, runToken),
    ).toThrow(ConflictError);
    const short = new Map(whole.vectors).set(last, new Float32Array(3));
    expect(() => corpus.publish({ ...whole, vectors: short }, runToken)).toThrow(DimensionError);
    const broken = new Map(whole.vectors).set(last, new Float32Array(8).fill(Number.NaN));
    expect(() => corpus.publish({ ...whole, vectors: broken }, runToken)).toThrow(StorageError);
    expect(corpus.chunkIds(ws, document.id)).toEqual([]);
    expect(corpus.dump(ws).filter((line) => /^(lexical|vector)/u.test(line))).toEqual([]);
  });

  it('awaits the graph until that is marked as written', () => {
    const { corpus, ws } = workspaceWithCities();
    const { documentId } = ingest(corpus, ws, 'a.txt', 'Cities', [PARIS]);
    expect(corpus.documentsAwaitingGraph()).toEqual([{ workspaceId: ws, documentId, version: 1 }]);
    corpus.markGraphSynced(documentId, 7);
    expect(corpus.documentsAwaitingGraph()).toHaveLength(1);
    corpus.markGraphSynced(documentId, 1);
    expect(corpus.documentsAwaitingGraph()).toEqual([]);
  });

  it('gives back the bytes of superseded uploads, unless another document needs them', () => {
    const { corpus, ws } = workspaceWithCities();
    const other = corpus.createWorkspace({ name: 'Other' }).id;
    handIn(corpus, other, 'x.txt', 'two');
    const { document } = handIn(corpus, ws, 'a.txt', 'one');
    handIn(corpus, ws, 'a.txt', 'two');
    handIn(corpus, ws, 'a.txt', 'three');
    const { runToken } = beginRun(corpus, ws, document.id);
    expect(corpus.blobHashes()).toHaveLength(3);
    const { obsoleteBlobs } = corpus.publish(
      publicationOf(ws, document.id, 3, 'T', [PARIS]),
      runToken,
    );
    expect(obsoleteBlobs).toEqual([document.contentHash]);
    expect(corpus.blobHashes()).toHaveLength(2);
  });
});

describe('removing', () => {
  it('leaves nothing of the document and everything of the others', async () => {
    const { corpus, lexical, vectors, ws } = workspaceWithCities();
    const keep = ingest(corpus, ws, 'keep.txt', 'Keep', [ROME]);
    const kept = corpus.dump(ws);
    const gone = ingest(corpus, ws, 'gone.txt', 'Gone', [PARIS, OSLO]);
    const shared = keep.publication.chunks[0]!.id;
    corpus.setChunkKv(
      new Map([
        ...gone.publication.chunks.map((chunk, i) => [chunk.id, `kv-${i}`] as const),
        [shared, 'kv-0'],
      ]),
    );

    const removed = remove(corpus, ws, gone.documentId);
    expect(removed.obsoleteKvKeys).toEqual(['kv-1']); // kv-0 is still in use
    expect(removed.obsoleteBlobs).toHaveLength(1);
    expect(await lexical.count(ws)).toBe(1);
    expect(await vectors.ids(ws)).toEqual([shared]);
    const without = (lines: string[]) => lines.filter((line) => !/^(job|kv) /u.test(line));
    expect(without(corpus.dump(ws))).toEqual(without(kept));
  });

  it('takes the document out of every search as soon as its deletion is ordered', async () => {
    const { corpus, lexical, vectors, ws } = workspaceWithCities();
    const { documentId, publication } = ingest(corpus, ws, 'a.txt', 'Cities', [PARIS]);
    const vector = [...publication.vectors.values()][0]!;
    expect(await vectors.search(ws, vector, { limit: 5 })).toHaveLength(1);
    corpus.setDocumentStatus(documentId, 1, 'deleting');
    expect(await vectors.search(ws, vector, { limit: 5 })).toEqual([]);
    expect(await vectors.ids(ws)).toEqual([]);
    expect(await lexical.search(ws, 'Paris', { limit: 5 })).toEqual([]);
    expect(corpus.documentsByTitle(ws, ['Cities'])).toEqual([]);
  });

  it('may be repeated by a job that crashed in between', () => {
    const { corpus, ws } = workspaceWithCities();
    const { documentId } = ingest(corpus, ws, 'a.txt', 'T', [PARIS]);
    const { job, runToken } = beginRun(corpus, ws, documentId, 'delete_document');
    corpus.removeDocument(ws, documentId, runToken);
    const again = corpus.beginJob(job.id)!;
    expect(corpus.removeDocument(ws, documentId, again.runToken)).toEqual({
      obsoleteKvKeys: [],
      obsoleteBlobs: [],
    });
  });

  it('spares a document that was handed in again after the deletion was ordered', () => {
    const { corpus, ws } = workspaceWithCities();
    const { documentId } = ingest(corpus, ws, 'a.txt', 'T', [PARIS]);
    const { runToken } = beginRun(corpus, ws, documentId, 'delete_document');
    corpus.setDocumentStatus(documentId, 1, 'deleting');
    const bytes = JSON.stringify(['T', [PARIS]]);
    expect(handIn(corpus, ws, 'a.txt', bytes)).toMatchObject({
      outcome: 'updated',
      document: { version: 2 },
    });
    expect(() => corpus.removeDocument(ws, documentId, runToken)).toThrow(StaleRunError);
  });

  it('of a workspace takes everything in it and nothing of another', async () => {
    const { corpus, graph, lexical, ws } = workspaceWithCities();
    const other = corpus.createWorkspace({ name: 'Other' }).id;
    ingest(corpus, other, 'a.txt', 'T', [PARIS]);
    const untouched = corpus.dump(other);
    const { documentId, publication } = ingest(corpus, ws, 'a.txt', 'T', [
      { text: PARIS, mentions: [{ name: 'Paris' }] },
    ]);
    await graph.replaceDocument(ws, documentId, publication.extractions);
    corpus.setChunkKv(new Map([[publication.chunks[0]!.id, 'kv-1']]));
    corpus.putAnswer({
      id: 'ans_1',
      workspaceId: ws,
      question: 'q',
      body: '{}',
      createdAt: '2026-01-01T00:00:00Z',
    });

    expect(corpus.deleteWorkspace(ws)).toMatchObject({
      obsoleteKvKeys: ['kv-1'],
      obsoleteBlobs: [expect.any(String)],
    });
    expect(corpus.workspace(ws)).toBeUndefined();
    expect(corpus.answer('ans_1')).toBeUndefined();
    expect(await graph.stats(ws)).toEqual({ entities: 0, facts: 0, mentions: 0 });
    expect(await lexical.search(ws, 'Paris', { limit: 5 })).toEqual([]);
    expect(corpus.dump(other)).toEqual(untouched);
    expect(() => corpus.deleteWorkspace(ws)).toThrow(NotFoundError);
  });
});

describe('jobs', () => {
  it('go from enqueued through processing to their end', () => {
    const { corpus, ws } = workspaceWithCities();
    const { document } = handIn(corpus, ws, 'a.txt', 'one');
    const job = corpus.createJob({
      workspaceId: ws,
      kind: 'ingest_document',
      documentId: document.id,
      documentName: 'a.txt',
      version: 1,
    });
    expect(job).toMatchObject({ state: 'enqueued', attempts: 0, cancelRequested: false });
    expect(corpus.document(ws, document.id)!.jobId).toBe(job.id);
    expect(corpus.unfinishedJobs()).toEqual([job]);
    const { runToken } = corpus.beginJob(job.id)!;
    expect(corpus.updateJob(job.id, runToken, { stage: 'embed', done: 3, total: 9 })).toMatchObject(
      {
        state: 'processing',
        attempts: 1,
        progress: { stage: 'embed', done: 3, total: 9 },
      },
    );
    const error = { code: 'c', message: 'm', fix: 'f' };
    expect(corpus.finishJob(job.id, runToken, 'failed', error)).toMatchObject({
      state: 'failed',
      error,
    });
    expect(corpus.beginJob(job.id)).toBeUndefined();
    expect(corpus.unfinishedJobs()).toEqual([]);
    expect(corpus.reopenJob(job.id)).toMatchObject({ state: 'enqueued', error: undefined });
    expect(corpus.beginJob(job.id)).toBeDefined();
  });

  it('end at once when canceled before they begin, and are told when running', () => {
    const { corpus, ws } = workspaceWithCities();
    const { document } = handIn(corpus, ws, 'a.txt', 'one');
    const input = {
      workspaceId: ws,
      kind: 'ingest_document',
      documentId: document.id,
      documentName: 'a',
      version: 1,
    } as const;
    const waiting = corpus.createJob(input);
    expect(corpus.requestCancel(waiting.id).state).toBe('canceled');
    const running = corpus.createJob(input);
    corpus.beginJob(running.id);
    expect(corpus.requestCancel(running.id)).toMatchObject({
      state: 'processing',
      cancelRequested: true,
    });
    expect(() => corpus.requestCancel('job_none')).toThrow(NotFoundError);
  });

  it('are listed newest first, by state, page after page', () => {
    const { corpus, ws } = workspaceWithCities();
    const { document } = handIn(corpus, ws, 'a.txt', 'one');
    const ids = [1, 2, 3, 4, 5].map(
      () =>
        corpus.createJob({
          workspaceId: ws,
          kind: 'ingest_document',
          documentId: document.id,
          documentName: 'a',
          version: 1,
        }).id,
    );
    corpus.requestCancel(ids[2]!);
    const first = corpus.jobs({ workspaceId: ws, states: ['enqueued'] }, { limit: 2 });
    expect(first).toMatchObject({ data: [{ id: ids[4] }, { id: ids[3] }], hasMore: true });
    const second = corpus.jobs(
      { workspaceId: ws, states: ['enqueued'] },
      { limit: 2, after: ids[3]! },
    );
    expect(second).toMatchObject({ data: [{ id: ids[1] }, { id: ids[0] }], hasMore: false });
    expect(() => corpus.jobs({}, { limit: 2, after: 'job_none' })).toThrow(NotFoundError);
  });
});

describe('lists of documents and chunks', () => {
  it('come newest first and can be searched, filtered and paged', () => {
    const { corpus, ws } = workspaceWithCities();
    const ids = ['Zürich.txt', 'Bern.txt', 'Genève.txt'].map(
      (name) => handIn(corpus, ws, name, name).document.id,
    );
    expect(corpus.documents(ws, {}, { limit: 2 })).toMatchObject({
      data: [{ id: ids[2] }, { id: ids[1] }],
      hasMore: true,
    });
    expect(corpus.documents(ws, {}, { limit: 2, after: ids[1]! })).toMatchObject({
      data: [{ id: ids[0] }],
      hasMore: false,
    });
    expect(corpus.documents(ws, { query: 'ZURICH' }, { limit: 5 }).data.map((d) => d.id)).toEqual([
      ids[0],
    ]);
    expect(corpus.documents(ws, { query: '%' }, { limit: 5 }).data).toEqual([]);
    expect(corpus.documents(ws, { ids: [ids[1]!] }, { limit: 5 }).data.map((d) => d.id)).toEqual([
      ids[1],
    ]);
    expect(corpus.documents(ws, { status: 'ready' }, { limit: 5 }).data).toEqual([]);
  });

  it('give the chunks of a document in order, page after page', () => {
    const { corpus, ws } = workspaceWithCities();
    const { documentId, publication } = ingest(corpus, ws, 'a.txt', 'T', [PARIS, ROME, OSLO]);
    const first = corpus.chunksOfDocument(ws, documentId, { limit: 2 });
    expect(first).toEqual({ data: publication.chunks.slice(0, 2), hasMore: true });
    const rest = corpus.chunksOfDocument(ws, documentId, { limit: 2, after: first.data[1]!.id });
    expect(rest).toEqual({ data: publication.chunks.slice(2), hasMore: false });
  });

  it('find enabled documents by any form of their title', () => {
    const { corpus, ws } = workspaceWithCities();
    const { documentId } = ingest(corpus, ws, 'a.txt', 'The Café', [PARIS]);
    expect(corpus.documentsByTitle(ws, ['cafe'])).toEqual([
      { documentId, title: 'The Café', normalizedTitle: 'cafe' },
    ]);
    expect(corpus.updateDocument(ws, documentId, { enabled: false, tags: ['x'] })).toMatchObject({
      enabled: false,
      tags: ['x'],
    });
    expect(corpus.documentsByTitle(ws, ['cafe'])).toEqual([]);
  });
});

describe('the KV registry', () => {
  it('knows the key of each chunk and passes over chunks that are gone', () => {
    const { corpus, ws } = workspaceWithCities();
    const { publication } = ingest(corpus, ws, 'a.txt', 'T', [PARIS, ROME]);
    const [a, b] = publication.chunks.map((chunk) => chunk.id) as [string, string];
    corpus.setChunkKv(
      new Map([
        [a, 'k2'],
        [b, 'k1'],
        ['chk_gone', 'k0'],
      ]),
    );
    expect(corpus.kvKeys(ws)).toEqual(['k1', 'k2']);
    corpus.setChunkKv(new Map([[a, 'k3']]));
    expect(corpus.chunkKv([a, b, 'chk_gone'])).toEqual(
      new Map([
        [a, 'k3'],
        [b, 'k1'],
      ]),
    );
  });
});

describe('a change of the embedder', () => {
  it('shows which chunks lack a vector, and searches the new ones once they are stored', async () => {
    const { corpus, vectors, ws } = workspaceWithCities();
    const { publication } = ingest(corpus, ws, 'a.txt', 'T', [PARIS, ROME]);
    const ids = publication.chunks.map((chunk) => chunk.id);
    expect(corpus.chunksWithoutVector(ws, EMBEDDER, 10)).toEqual([]);
    expect(corpus.chunksWithoutVector(ws, 'embedder-2', 10)).toEqual(ids);
    vectors.useEmbedder('embedder-2');
    expect(await vectors.search(ws, new Float32Array([1, 0]), { limit: 5 })).toEqual([]);
    expect(corpus.chunkVectors(ws, ids).size).toBe(0);
    corpus.putChunkVectors(
      'embedder-2',
      new Map([
        [ids[0]!, new Float32Array([1, 0])],
        ['chk_gone', new Float32Array([0, 1])],
      ]),
    );
    expect(await vectors.search(ws, new Float32Array([1, 0]), { limit: 5 })).toEqual([
      { chunkId: ids[0], score: 1 },
    ]);
    expect(await vectors.ids(ws)).toEqual([ids[0]]);
    expect([...corpus.chunkVectors(ws, ids).keys()]).toEqual([ids[0]]);
  });
});

describe('the database file', () => {
  it('keeps everything across a close and a reopening', async () => {
    const home = temporaryHome();
    const first = testStores(home);
    const { id, salt } = first.corpus.createWorkspace({ name: 'W', settings: { chunkTokens: 99 } });
    ingest(first.corpus, id, 'a.txt', 'T', [PARIS]);
    const before = first.corpus.dump(id);
    await first.close();
    const second = testStores(home);
    expect(second.corpus.workspace(id)).toMatchObject({ salt, settings: { chunkTokens: 99 } });
    expect(salt).toMatch(/^[0-9a-f]{64}$/u);
    expect(second.corpus.dump(id)).toEqual(before);
    expect(await second.lexical.search(id, 'capital', { limit: 5 })).toHaveLength(1);
  });

  it('shows the writes of one connection to another', async () => {
    const home = temporaryHome();
    const [one, two] = [testStores(home), testStores(home)];
    const ws = one.corpus.createWorkspace({ name: 'W' }).id;
    const { documentId } = ingest(two.corpus, ws, 'a.txt', 'T', [PARIS]);
    expect(one.corpus.document(ws, documentId)).toEqual(two.corpus.document(ws, documentId));
    expect(await one.lexical.search(ws, 'Paris', { limit: 5 })).toHaveLength(1);
    remove(one.corpus, ws, documentId);
    expect(await two.lexical.search(ws, 'Paris', { limit: 5 })).toEqual([]);
  });

  it('commits with full synchronisation to a write-ahead log', () => {
    const home = temporaryHome();
    const { corpus } = testStores(home);
    corpus.probe();
    const raw = new Database(join(home, 'graphblend.db'), { readonly: true });
    expect(raw.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(raw.prepare(`SELECT count(*) AS n FROM meta WHERE key = 'probe'`).get()).toEqual({
      n: 1,
    });
    raw.close();
  });

  it('is found sound, and is found damaged after its pages were overwritten', async () => {
    const home = temporaryHome();
    const first = testStores(home);
    const ws = first.corpus.createWorkspace({ name: 'W' }).id;
    for (let i = 0; i < 20; i++)
      ingest(first.corpus, ws, `${i}.txt`, 'T', [`${PARIS} ${'x'.repeat(3_000)} ${i}`]);
    expect(first.corpus.check()).toEqual([]);
    await first.close();
    const path = join(home, 'graphblend.db');
    const bytes = readFileSync(path);
    bytes.fill(0xff, bytes.length >> 1, (bytes.length >> 1) + 8_192);
    writeFileSync(path, bytes);
    expect(() => {
      const findings = openCorpus(path).check();
      if (findings.length > 0) throw new Error(findings.join());
    }).toThrow();
  });

  it('is refused when it is not a database', () => {
    const path = join(temporaryHome(), 'graphblend.db');
    writeFileSync(path, 'this is not a database, and long enough to be sure of it'.repeat(30));
    expect(() => openCorpus(path)).toThrow(StorageError);
    expect(readFileSync(path, 'utf8')).toContain('not a database');
  });

  it('is refused when a newer Graphblend made it', () => {
    const path = join(temporaryHome(), 'graphblend.db');
    const raw = new Database(path);
    raw.pragma('user_version = 999');
    raw.close();
    expect(() => openCorpus(path)).toThrow(/schema version 999/u);
  });

  it('takes several calls as one transaction', () => {
    const { corpus, ws } = workspaceWithCities();
    const failing = () =>
      corpus.atomically(() => {
        handIn(corpus, ws, 'a.txt', 'one');
        throw new Error('stop');
      });
    expect(failing).toThrow('stop');
    expect(corpus.documentByKey(ws, 'a.txt')).toBeUndefined();
  });
});

function except<T>(entries: ReadonlyMap<string, T>, without: string): Map<string, T> {
  return new Map([...entries].filter(([id]) => id !== without));
}
