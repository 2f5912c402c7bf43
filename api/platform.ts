/** Puts the product together: stores, engine thread, ingest thread, retrieval. The only place that wires. */
import { mkdir, rm } from 'node:fs/promises';
import type { Logger } from 'pino';
import { startEngineThread, type EngineThread } from '../cache/index.ts';
import { openStores, type Stores } from '../graph/index.ts';
import {
  BlobStore,
  blobFolder,
  incomingFolder,
  IngestService,
  kvFolder,
  modelCacheFolder,
  openQueue,
  startIngestThread,
  type JobQueue,
} from '../ingest/index.ts';
import { TermCache, type RetrievalParts } from '../retrieval/index.ts';
import type { PlatformConfig } from './config.ts';
import { LiveAnswers } from './live-answers.ts';

export interface Platform {
  readonly config: PlatformConfig;
  readonly log: Logger;
  readonly stores: Stores;
  readonly engine: EngineThread;
  readonly queue: JobQueue;
  readonly blobs: BlobStore;
  readonly ingest: IngestService;
  readonly retrieval: RetrievalParts;
  readonly answers: LiveAnswers;
  /** Why the platform cannot serve right now; undefined when it can. */
  readonly failure: () => Error | undefined;
  close(): Promise<void>;
}

export async function openPlatform(config: PlatformConfig, log: Logger): Promise<Platform> {
  await mkdir(config.home, { recursive: true });
  // Uploads that a crash interrupted: nothing refers to them yet.
  await rm(incomingFolder(config.home), { recursive: true, force: true });
  await mkdir(incomingFolder(config.home), { recursive: true });
  let failure: Error | undefined;
  const engine = await startEngine(config, log, (error) => (failure = error));
  const { client } = engine;
  const stores = openStores({
    home: config.home,
    embedder: client.info.embedder.fingerprint,
  });
  const queue = openQueue({ home: config.home, redisUrl: config.redisUrl });
  const blobs = new BlobStore(blobFolder(config.home));
  const ingest = new IngestService({
    corpus: stores.corpus,
    graph: stores.graph,
    blobs,
    queue,
    engine: client,
  });
  await ingest.repair();
  const ingestThread = await startIngestThread(
    {
      home: config.home,
      redisUrl: config.redisUrl,
      readerFolder: config.readerFolder,
      concurrency: config.ingestConcurrency,
      limits: { timeoutMs: config.parseTimeoutMs, maxBytes: config.maxUploadBytes },
    },
    engine,
    log,
  );
  const retrieval: RetrievalParts = { ...stores, engine: client, terms: new TermCache() };
  const answers = new LiveAnswers(retrieval);
  return {
    config,
    log,
    stores,
    engine,
    queue,
    blobs,
    ingest,
    retrieval,
    answers,
    failure: () => failure,
    close: async () => {
      await answers.close();
      await ingestThread.close();
      await queue.close();
      await engine.close();
      await stores.close();
    },
  };
}

function startEngine(
  config: PlatformConfig,
  log: Logger,
  onExit: (error: Error) => void,
): Promise<EngineThread> {
  return startEngineThread(
    {
      readerFolder: config.readerFolder,
      embedderFolder: config.embedderFolder,
      modelCacheFolder: modelCacheFolder(config.home),
      kvFolder: kvFolder(config.home),
      kvDiskBytes: config.kvDiskBytes,
      kvRamBytes: config.kvRamBytes,
      codec: 'fp16',
      weights: config.weights,
      threads: config.threads,
    },
    {
      onFault: (fault) =>
        log.warn({ fault }, 'a stored KV cache was unusable; it will be computed again'),
      onExit: (error) => {
        log.error({ err: error }, 'the engine thread has ended');
        onExit(error);
      },
    },
  );
}
