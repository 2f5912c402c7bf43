import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  acceptedDocumentSchema,
  chunkSchema,
  documentSchema,
  documentTextSchema,
  entitySchema,
  factSchema,
  jobSchema,
  pageSchema,
  removalPreviewSchema,
  searchResponseSchema,
  workspaceSchema,
  type Chunk,
  type Fact,
} from '../../api/contract/index.ts';
import { ApiClient, exactly, problem } from '../support/client.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { filesIn, footprint, kvKeys } from '../support/stored.ts';

const SAMPLE = join(import.meta.dirname, '../../ingest/sample/files');

/** Six sections, each a chunk of its own at 64 tokens; `third` is the body of the third. */
function stations(third: string): string {
  const bodies = ['Larvik', 'Hobart', third, 'Madeira', 'Tromsø', 'Lyttelton'].map((place, i) =>
    i === 2
      ? place
      : `The Kestrel sailed to ${place} in ${1900 + i}. The ice near ${place} was ${i + 2} metres thick that year, and the crew wrote the depth of the water, the wind and the cold of every day into the log of the ship, until they left ${place} again.`,
  );
  return bodies.map((body, i) => `## Station ${i + 1}\n\n${body}\n`).join('\n');
}

const OLD_THIRD =
  'Jon Rask repaired the Kestrel in Madeira. Jon Rask was born in Grytviken, where the station had a forge, a chapel and a store of coal, and where the whalers came ashore to mend whatever the ice had broken on the way.';
const NEW_THIRD =
  'Ines Duarte painted the Kestrel in Lisbon. Ines Duarte was born in Porto, where the harbour had a forge, a chapel and a store of coal, and where the sailors came ashore to mend whatever the storms had broken on the way.';

describe('documents', () => {
  let server: TestServer;
  let api: ApiClient;
  let workspaceId: string;
  const at = (path = ''): string => `/v1/workspaces/${workspaceId}${path}`;
  const newWorkspace = async (name: string, chunkTokens = 256): Promise<string> => {
    const made = await api.createWorkspace(name, { settings: { chunk_tokens: chunkTokens } });
    return (workspaceId = made.id);
  };

  beforeAll(async () => {
    server = await startServer({ env: { GRAPHBLEND_ALLOW_PRIVATE_URLS: '1' } });
    api = new ApiClient(server.url);
  });

  afterAll(() => server?.stop());

  async function searchFor(question: string, more: object = {}): Promise<string[]> {
    const reply = await api.json('POST', at('/search'), { question, limit: 50, ...more });
    return exactly(searchResponseSchema, reply, 200).hits.map((hit) => hit.document_id);
  }

  test('of every format are ingested, and their chunks lie where they say', async () => {
    await newWorkspace('Formats');
    const formatOf = (name: string): string => name.split('.').at(-1)!;
    const byFormat = new Map(readdirSync(SAMPLE).map((name) => [formatOf(name), name]));
    const names = [...byFormat.values()];
    expect(names).toHaveLength(8);
    for (const name of names) {
      const reply = await api.upload(workspaceId, name, readFileSync(join(SAMPLE, name)));
      const { document, job, outcome } = exactly(acceptedDocumentSchema, reply, 202);
      expect({ outcome, name: document.name }).toEqual({ outcome: 'created', name });
      expect(reply.headers.get('location')).toBe(`/v1/jobs/${job!.id}`);
    }
    const jobs = await api.waitForJobs(workspaceId);
    expect(jobs.filter((job) => job.state !== 'succeeded')).toEqual([]);
    const documents = await api.all(at('/documents'), documentSchema);
    expect(documents.map(({ name }) => name).toSorted()).toEqual(names.toSorted());
    for (const document of documents) {
      expect(document).toMatchObject({ status: 'ready', version: 1, published_version: 1 });
      const { text } = await api.get(at(`/documents/${document.id}/text`), documentTextSchema);
      const chunks = await api.all(at(`/documents/${document.id}/chunks`), chunkSchema);
      expect(chunks).toHaveLength(document.chunk_count);
      expect(chunks.map(({ ordinal }) => ordinal)).toEqual(chunks.map((_, i) => i));
      for (const chunk of chunks) {
        expect(chunk.text).toBe(text.slice(chunk.span.start, chunk.span.end));
        expect(chunk.kv_stored).toBe(true);
      }
    }
    const pdf = documents.find(({ name }) => name.endsWith('.pdf'))!;
    expect(pdf.pages).toBeGreaterThan(0);
    const { counts } = await api.get(at(), workspaceSchema);
    expect(counts.documents).toBe(names.length);
    expect(counts.kv_chunks).toBe(counts.chunks);
    expect(counts.facts).toBeGreaterThan(50);
  });

  test('come back byte for byte, always as a download', async () => {
    const page = '<!doctype html><script>alert(1)</script><p>The Kestrel is a ship.</p>';
    const { document } = await api.ingest(workspaceId, 'page "ü".html', page);
    const response = await api.fetch(at(`/documents/${document.id}/original`));
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    expect(response.headers.get('content-disposition')).toMatch(/^attachment; filename=/);
    expect(await response.text()).toBe(page);
  });

  test('with the same bytes change nothing, under their own name or another', async () => {
    await newWorkspace('Unchanged');
    const first = await api.ingest(workspaceId, 'log.md', stations(OLD_THIRD));
    const before = await footprint(api, server, workspaceId);
    for (const name of ['log.md', 'copy.md']) {
      const again = await api.upload(workspaceId, name, stations(OLD_THIRD));
      const { document, job, outcome } = exactly(acceptedDocumentSchema, again, 200);
      expect({ id: document.id, job, outcome }).toEqual({
        id: first.document.id,
        job: null,
        outcome: 'unchanged',
      });
    }
    expect(await footprint(api, server, workspaceId)).toEqual(before);
    expect(await api.all(`/v1/jobs?workspace_id=${workspaceId}`, jobSchema)).toHaveLength(1);
  });

  test('that changed replace exactly their own chunks, facts and caches', async () => {
    await newWorkspace('Changed', 64);
    const other = await api.ingest(workspaceId, 'other.md', `# Other\n\n${OLD_THIRD}\n`);
    const { document } = await api.ingest(workspaceId, 'log.md', stations(OLD_THIRD));
    const chunksOf = (id: string): Promise<Chunk[]> =>
      api.all(at(`/documents/${id}/chunks`), chunkSchema);
    const [before, keysBefore] = [
      await chunksOf(document.id),
      kvKeys(server, workspaceId, document.id),
    ];
    const otherBefore = await chunksOf(other.document.id);
    const filesBefore = filesIn(server, 'kv');

    const changed = await api.ingest(workspaceId, 'log.md', stations(NEW_THIRD));
    expect(changed.job.state).toBe('succeeded');
    expect(changed.outcome).toBe('updated');
    expect(changed.document).toMatchObject({ id: document.id, version: 2 });
    const [after, keysAfter] = [
      await chunksOf(document.id),
      kvKeys(server, workspaceId, document.id),
    ];
    const untouched = before.filter((chunk) => stations(NEW_THIRD).includes(chunk.text));
    expect(untouched.length).toBeGreaterThan(3);
    expect(after.length - untouched.length).toBeLessThanOrEqual(2);
    for (const { id } of untouched) {
      expect(after.map((chunk) => chunk.id)).toContain(id);
      expect(keysAfter.get(id)).toBe(keysBefore.get(id));
    }
    expect([...keysAfter.values()]).not.toContain('none');
    expect(await chunksOf(other.document.id)).toEqual(otherBefore);

    const removed = [...keysBefore.values()].filter(
      (key) => ![...keysAfter.values()].includes(key),
    );
    const files = filesIn(server, 'kv');
    for (const key of removed) expect(files).not.toContain(`${key}.kv`);
    for (const key of keysAfter.values()) expect(files).toContain(`${key}.kv`);
    expect(files.length).toBe(
      filesBefore.length - removed.length + (after.length - untouched.length),
    );

    const facts = await api.all(at(`/facts?document_id=${document.id}`), factSchema);
    expect(named(facts)).toContain('Ines Duarte');
    const own = facts.flatMap((fact) => fact.support).filter((s) => s.document_id === document.id);
    for (const support of own) expect(stations(NEW_THIRD)).toContain(support.sentence_text);
    const kept = await api.all(at(`/facts?document_id=${other.document.id}`), factSchema);
    expect(named(kept)).toContain('Jon Rask');
    for (const support of kept.flatMap((fact) => fact.support)) {
      expect(support.document_id).toBe(other.document.id);
    }
  });

  test('when deleted take exactly what only they supported, as the dry run had said', async () => {
    await newWorkspace('Deleted');
    const shared = 'Jon Rask built the Kestrel in Larvik. ';
    const keep = await api.ingest(workspaceId, 'keep.txt', `${shared}The Kestrel had two masts.`);
    const alone = await footprint(api, server, workspaceId);
    const namesAlone = await entityNames();
    const drop = await api.ingest(
      workspaceId,
      'drop.txt',
      `${shared}Ines Duarte painted the Petrel in Porto. Ines Duarte was born in Lisbon.`,
    );
    const both = (await api.get(at(), workspaceSchema)).counts;
    const path = at(`/documents/${drop.document.id}`);
    const dryRun = await api.json('DELETE', `${path}?dry_run=true`);
    const preview = exactly(removalPreviewSchema, dryRun, 200);
    expect((await api.get(at(), workspaceSchema)).counts).toEqual(both);

    const reply = await api.json('DELETE', path);
    expect(reply.status).toBe(202);
    const { job } = reply.body as { job: { id: string } };
    expect((await api.waitForJob(job.id)).state).toBe('succeeded');
    problem(await api.json('GET', path), 404, 'document_not_found');
    const left = (await api.get(at(), workspaceSchema)).counts;
    expect({
      chunks_removed: both.chunks - left.chunks,
      facts_removed: both.facts - left.facts,
      entities_removed: both.entities - left.entities,
    }).toEqual({
      chunks_removed: preview.chunks_removed,
      facts_removed: preview.facts_removed,
      entities_removed: preview.entities_removed,
    });
    expect(preview.facts_kept).toBeGreaterThan(0);
    expect(preview.facts_removed).toBeGreaterThan(0);
    expect(await footprint(api, server, workspaceId)).toEqual(alone);
    expect(await entityNames()).toEqual(namesAlone);
    const facts = await api.all(at('/facts'), factSchema);
    for (const support of facts.flatMap((fact) => fact.support)) {
      expect(support.document_id).toBe(keep.document.id);
    }
    expect(await searchFor('Who painted the Petrel in Porto?')).not.toContain(drop.document.id);
  });

  async function entityNames(): Promise<string[]> {
    const entities = await api.all(at('/entities'), entitySchema);
    return entities.map((entity) => `${entity.name} ${entity.mention_count}`).toSorted();
  }

  test('come as text too', async () => {
    await newWorkspace('Texts');
    const body = { name: 'Notes', text: 'The Kestrel is a ship. Ünïcode 🚢.', tags: ['a', 'b'] };
    const reply = await api.json('POST', at('/documents'), body);
    const { document, job } = exactly(acceptedDocumentSchema, reply, 202);
    expect(document).toMatchObject({
      name: 'Notes.txt',
      source: 'text',
      media_type: 'text/plain',
      tags: ['a', 'b'],
    });
    expect((await api.waitForJob(job!.id)).state).toBe('succeeded');
    const { text } = await api.get(at(`/documents/${document.id}/text`), documentTextSchema);
    expect(text).toContain('Ünïcode 🚢');
  });

  test('come by URL, and are fetched anew when asked again', async () => {
    await newWorkspace('By URL');
    let page = '<title>Kestrel</title><h1>Kestrel</h1><p>Ada Holm built the Kestrel.</p>';
    const web = await serve(() => page);
    try {
      const url = `http://127.0.0.1:${(web.address() as AddressInfo).port}/kestrel`;
      const add = async (status: number) =>
        exactly(acceptedDocumentSchema, await api.json('POST', at('/documents'), { url }), status);
      const first = await add(202);
      expect(first.document).toMatchObject({ source: 'url', url, external_key: url });
      expect((await api.waitForJob(first.job!.id)).state).toBe('succeeded');
      expect((await add(200)).outcome).toBe('unchanged');
      page = page.replace('Ada Holm', 'Jon Rask');
      const changed = await add(202);
      expect(changed).toMatchObject({ outcome: 'updated', document: { id: first.document.id } });
      expect((await api.waitForJob(changed.job!.id)).state).toBe('succeeded');
      const { text } = await api.get(
        at(`/documents/${first.document.id}/text`),
        documentTextSchema,
      );
      expect(text).toContain('Jon Rask built');
    } finally {
      web.close();
    }
  });

  test('that are disabled do not appear in searches until they are enabled again', async () => {
    await newWorkspace('Disabled');
    const first = await api.ingest(workspaceId, 'a.txt', 'Ada Holm built the Kestrel in Larvik.');
    const second = await api.ingest(workspaceId, 'b.txt', 'Jon Rask sold the Kestrel in Hobart.');
    const ids = [first.document.id, second.document.id];
    const question = 'What happened to the Kestrel?';
    const enable = async (enabled: boolean) =>
      exactly(
        documentSchema,
        await api.json('PATCH', at(`/documents/${ids[0]}`), { enabled, tags: ['x'] }),
        200,
      );
    expect((await searchFor(question)).toSorted()).toEqual(ids.toSorted());
    expect(await searchFor(question, { document_ids: [ids[1]] })).toEqual([ids[1]]);
    expect(await enable(false)).toMatchObject({ enabled: false, tags: ['x'] });
    expect(await searchFor(question)).toEqual([ids[1]]);
    expect(await searchFor(question, { document_ids: [ids[0]] })).toEqual([]);
    await enable(true);
    expect((await searchFor(question)).toSorted()).toEqual(ids.toSorted());
  });

  test('are listed newest first, in pages, by status and by words of their name', async () => {
    await newWorkspace('Listed');
    const names = ['Alpha.txt', 'Beta.txt', 'Gamma.txt', 'Delta.txt', 'Epsilon.txt'];
    for (const name of names) await api.upload(workspaceId, name, `${name} is a word.`);
    await api.waitForJobs(workspaceId);
    const seen: string[] = [];
    for (let after = ''; ;) {
      const path = at(`/documents?limit=2${after}`);
      const page = await api.get(path, pageSchema(documentSchema));
      seen.push(...page.data.map(({ name }) => name));
      if (!page.has_more) break;
      after = `&after=${page.last_id}`;
    }
    expect(seen).toEqual(names.toReversed());
    const found = async (query: string): Promise<string[]> =>
      (await api.all(at(`/documents?${query}`), documentSchema)).map(({ name }) => name);
    expect(await found('query=gam')).toEqual(['Gamma.txt']);
    expect(await found('query=%25')).toEqual([]);
    expect(await found('status=failed')).toEqual([]);
    expect(await found('status=ready')).toHaveLength(5);
    problem(await api.json('GET', at('/documents?status=odd')), 400, 'invalid_request');
  });
});

function named(facts: readonly Fact[]): string[] {
  return facts.flatMap(({ subject, object }) => [subject.name, object.name]);
}

function serve(page: () => string): Promise<Server> {
  return new Promise((done) => {
    const web = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end(page());
    });
    web.listen(0, '127.0.0.1', () => done(web));
  });
}
