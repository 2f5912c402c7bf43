/** Entry of the ingest thread: takes jobs from the queue, so that parsing and SQLite never block the API. */
import { inspect } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';
import { connectEngine } from '../cache/index.ts';
import { loadTokenizer } from '../engine/index.ts';
import { openStores } from '../graph/index.ts';
import { BlobStore } from './blobs.ts';
import { jobHandler, type HandlerLog } from './handle-job.ts';
import { blobFolder } from './home.ts';
import { tripleModelOf } from './model-extract/index.ts';
import { openQueue } from './queue/index.ts';
import { refreshModels } from './refresh.ts';
import { withSchema } from './schema/index.ts';
import { withTitles } from './titles/index.ts';
import type { IngestThreadMessage, IngestThreadOptions } from './worker-options.ts';

const port = parentPort!;
const options = workerData as IngestThreadOptions;
const say = (message: IngestThreadMessage): void => port.postMessage(message);

const log: HandlerLog = {
  warn: (details, message) => {
    const { err, ...rest } = details as { err?: unknown };
    // Causes too: the stack of a fault in the engine's thread is one.
    say({ kind: 'log', details: { ...rest, error: inspect(err) }, message });
  },
};

try {
  const engine = await connectEngine(options.enginePort);
  const stores = openStores({
    home: options.home,
    // A job's end is synced, with all that it wrote; a job that a loss of power takes back runs again.
    sync: 'when asked',
    embedder: engine.info.embedder.fingerprint,
    neo4j: options.neo4j,
  });
  const queue = openQueue({ home: options.home, redisUrl: options.redisUrl });
  const parts = {
    corpus: stores.corpus,
    graph: withTitles(withSchema(stores.graph, stores), stores),
    schemas: stores.schemas,
    titles: stores.titles,
    tripleModel: tripleModelOf(engine, options.remoteReader),
    blobs: new BlobStore(blobFolder(options.home)),
    engine,
    tokenizer: loadTokenizer(options.readerFolder),
    limits: options.limits,
    sentences: stores.sentences,
    embedSentences: options.embedSentences ?? false,
    graphTexts: stores.graphTexts,
    embedGraph: options.embedGraph ?? 'none',
    precomputeKv: options.precomputeKv ?? true,
  };
  const worker = queue.work(jobHandler(parts, log), { concurrency: options.concurrency });
  const stop = new AbortController();
  const refreshed = refreshModels(options.home, parts, stop.signal, options.embedderFolder).catch(
    (error: unknown) => {
      if (!stop.signal.aborted)
        log.warn({ err: error }, 'chunks were not brought up to date with the models');
    },
  );
  port.on('message', (message: 'close') => {
    if (message === 'close') void close();
  });
  const close = async (): Promise<void> => {
    stop.abort();
    await Promise.all([worker.close(), refreshed]);
    await queue.close();
    await stores.close();
    options.enginePort.close();
    port.close();
  };
  say({ kind: 'ready' });
} catch (error) {
  say({
    kind: 'failed',
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
  });
}
