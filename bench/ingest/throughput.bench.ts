/**
 * Passages per second through the real ingest: files handed to the service, jobs in the queue, the ingest
 * thread with parser, extraction and stores, the engine's thread with the bundled embedder. KV is not computed.
 *
 *   npm run bench -- ingest/throughput [--passages 1000] [--concurrency 4] [--data ../shared/data/musique-100]
 *                                      [--json FILE]
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startEngine } from '../../cache/index.ts';
import { openStores } from '../../graph/index.ts';
import {
  BlobStore,
  blobFolder,
  IngestService,
  kvFolder,
  openQueue,
  startIngestThread,
} from '../../ingest/index.ts';
import { reportOrigin } from '../report.ts';
import { textsToIngest, type Text } from './passages.ts';

const { values } = parseArgs({
  options: {
    passages: { type: 'string', default: '1000' },
    concurrency: { type: 'string', default: '4' },
    threads: { type: 'string', default: '2' },
    data: { type: 'string', default: '../shared/data/musique-100' },
    json: { type: 'string' },
  },
});

const log = {
  warn: (details: object, message: string): void => console.error(message, details),
};

await run(textsToIngest(values.data, Number(values.passages)), Number(values.concurrency));

async function run(texts: readonly Text[], concurrency: number): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'graphblend-throughput-'));
  const engine = await startEngine({
    readerFolder: 'models/reader',
    embedderFolder: 'models/embedder',
    modelCacheFolder: join(tmpdir(), 'graphblend-bench-models'),
    kvFolder: kvFolder(home),
    kvDiskBytes: 2 ** 30,
    kvRamBytes: 0,
    codec: 'fp16',
    weights: 'fp32',
    threads: Number(values.threads),
  });
  const { client } = engine;
  const stores = openStores({ home, embedder: client.info.embedder.fingerprint });
  const queue = openQueue({ home, redisUrl: undefined });
  const blobs = new BlobStore(blobFolder(home));
  const ingest = new IngestService({ ...stores, blobs, queue, engine: client });
  const thread = await startIngestThread(
    {
      home,
      redisUrl: undefined,
      readerFolder: 'models/reader',
      embedderFolder: 'models/embedder',
      concurrency,
      limits: {},
      precomputeKv: false,
    },
    engine,
    log,
  );
  const workspaceId = stores.corpus.createWorkspace({ name: 'throughput' }).id;
  const cpu = process.cpuUsage();
  const started = performance.now();
  for (const [i, { title, text }] of texts.entries()) {
    const bytes = new TextEncoder().encode(`# ${title}\n\n${text}\n`);
    await ingest.submitBytes(
      {
        workspaceId,
        externalKey: String(i),
        name: `${i}.md`,
        mediaType: 'text/markdown',
        source: 'upload',
        bytes: bytes.length,
      },
      bytes,
    );
  }
  const submitted = performance.now();
  while (stores.corpus.unfinishedJobs().length > 0) {
    await sleep(500);
    if (process.stderr.isTTY) {
      process.stderr.write(`\r${stores.corpus.counts(workspaceId).chunks} chunks `);
    }
  }
  const seconds = (performance.now() - started) / 1000;
  const used = process.cpuUsage(cpu);
  const failed = stores.corpus.documents(workspaceId, { status: 'failed' }, { limit: 1 }).data;
  const result = {
    passages: texts.length,
    concurrency,
    seconds: Number(seconds.toFixed(1)),
    'submitted s': Number(((submitted - started) / 1000).toFixed(1)),
    'passages a second': Number((texts.length / seconds).toFixed(1)),
    'CPU ms a passage': Number(((used.user + used.system) / 1000 / texts.length).toFixed(1)),
    ...stores.corpus.counts(workspaceId),
    ...(await stores.graph.stats(workspaceId)),
    failed: failed.length,
  };
  console.table([result]);
  if (values.json) {
    writeFileSync(
      values.json,
      `${JSON.stringify({ ...reportOrigin(0), ...result }, undefined, 2)}\n`,
    );
  }
  await thread.close();
  await queue.close();
  await stores.close();
  await engine.close();
  rmSync(home, { recursive: true, force: true });
}
