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
  type IngestThread,
  type JobQueue,
} from '../ingest/index.ts';
import { TermCache, type RetrievalParts } from '../retrieval/index.ts';
import { ConfigError, type PlatformConfig } from './config.ts';
import { lockHome } from './home-lock.ts';
import { startIngestThreadTwice } from './ingest-thread.ts';
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

/** Runs in reverse order what undoes each step of the opening. */
class Closers {
  readonly #log: Logger;
  readonly #steps: (() => Promise<void> | void)[] = [];

  constructor(log: Logger) {
    this.#log = log;
  }

  add(step: () => Promise<void> | void): void {
    this.#steps.push(step);
  }

  /** A step that fails does not keep the others from running: a thread left alive would hang the process. */
  async close(): Promise<void> {
    for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {
      try {
        await step();
      } catch (error) {
        this.#log.error({ err: error }, 'closing did not go well');
      }
    }
  }
}

/** Throws ConfigError if another process has the home. What was opened before an error is closed again. */
export async function openPlatform(config: PlatformConfig, log: Logger): Promise<Platform> {
  const closers = new Closers(log);
  try {
    return await open(config, log, closers);
  } catch (error) {
    await closers.close();
    throw error;
  }
}

async function open(config: PlatformConfig, log: Logger, closers: Closers): Promise<Platform> {
  await makeHome(config.home);
  closers.add(lockHome(config.home));
  // Uploads that a crash interrupted: nothing refers to them yet.
  await rm(incomingFolder(config.home), { recursive: true, force: true });
  await mkdir(incomingFolder(config.home), { recursive: true });
  let engineFailure: Error | undefined;
  let ingestFailure: Error | undefined;
  const engine = await startEngine(config, log, (error) => (engineFailure = error));
  closers.add(() => engine.close());
  const { client } = engine;
  const stores = openStores({
    home: config.home,
    embedder: client.info.embedder.fingerprint,
  });
  closers.add(() => stores.close());
  const queue = openQueue({ home: config.home, redisUrl: config.redisUrl });
  closers.add(() => queue.close());
  const blobs = new BlobStore(blobFolder(config.home));
  const ingest = new IngestService({
    corpus: stores.corpus,
    graph: stores.graph,
    blobs,
    queue,
    engine: client,
  });
  await ingest.repair();
  const ingestThread = await startIngest(config, engine, log, (error) => (ingestFailure = error));
  closers.add(() => ingestThread.close());
  const retrieval: RetrievalParts = { ...stores, engine: client, terms: new TermCache() };
  const answers = new LiveAnswers(retrieval, log);
  closers.add(() => answers.close());
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
    failure: () => engineFailure ?? ingestFailure,
    close: () => closers.close(),
  };
}

async function makeHome(home: string): Promise<void> {
  try {
    await mkdir(home, { recursive: true });
  } catch (error) {
    throw new ConfigError(`${home} cannot be used as the home: ${(error as Error).message}`, {
      fix: 'Set GRAPHBLEND_HOME to a folder that can be made and written.',
      cause: error,
    });
  }
}

function startIngest(
  config: PlatformConfig,
  engine: EngineThread,
  log: Logger,
  onChange: (failure: Error | undefined) => void,
): Promise<IngestThread> {
  const options = {
    home: config.home,
    redisUrl: config.redisUrl,
    readerFolder: config.readerFolder,
    concurrency: config.ingestConcurrency,
    limits: { timeoutMs: config.parseTimeoutMs, maxBytes: config.maxUploadBytes },
  };
  const start = (onExit: (error: Error) => void): Promise<IngestThread> =>
    startIngestThread(options, engine, log, onExit);
  return startIngestThreadTwice(start, log, onChange);
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
