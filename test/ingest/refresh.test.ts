import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { readConfig, startServer, type RunningServer } from '../../api/index.ts';

const home = mkdtempSync(join(tmpdir(), 'graphblend-refresh-'));
const otherEmbedder = join(import.meta.dirname, '../engine/fixtures/bert');
let server: RunningServer | undefined;

afterEach(async () => {
  await server?.close();
  rmSync(home, { recursive: true, force: true });
});

async function start(environment: Record<string, string>): Promise<RunningServer> {
  server = await startServer(
    readConfig({ GRAPHBLEND_HOME: home, PORT: '0', GRAPHBLEND_SAMPLE: '0', ...environment }),
    pino({ level: 'silent' }),
  );
  return server;
}

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 50));
}

describe('a home whose embedder was changed', () => {
  it('gets vectors of the new embedder for every chunk, without ingesting anything again', async () => {
    const first = await start({});
    const { corpus } = first.platform.stores;
    const { id } = corpus.createWorkspace({ name: 'Refresh' });
    const text = Buffer.from(
      'The Fram was designed by Colin Archer. It sailed to Antarctica in 1910.',
    );
    const document = {
      workspaceId: id,
      externalKey: 'fram.txt',
      name: 'fram.txt',
      mediaType: 'text/plain',
      source: 'text' as const,
      bytes: text.length,
    };
    const { job } = await first.platform.ingest.submitBytes(document, text);
    await until(() => corpus.job(job!.id)?.state === 'succeeded');
    const chunks = corpus.chunkIds(id, corpus.documentByKey(id, 'fram.txt')!.id);
    await first.close();

    const former = first.platform.engine.client.info.embedder.fingerprint;
    const second = await start({ GRAPHBLEND_EMBEDDER: otherEmbedder });
    expect(second.platform.engine.client.info.formerEmbedder?.fingerprint).toBe(former);
    const { vectors } = second.platform.stores;
    await until(async () => (await vectors.ids(id)).length === chunks.length);
    expect(await vectors.ids(id)).toEqual(chunks);
    expect(
      second.platform.stores.corpus.jobs({ workspaceId: id }, { limit: 10 }).data,
    ).toHaveLength(1);
    await until(() => !second.platform.stores.corpus.hasVectors(id, former));
    await until(() => readFileSync(join(home, 'embedder.txt'), 'utf8') === otherEmbedder);
  }, 120_000);
});
