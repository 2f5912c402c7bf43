/** Puts the product together: stores, engine process, ingest thread, retrieval. The only place that wires. */
import { mkdir, rm } from 'node:fs/promises';
import type { Logger } from 'pino';
import {
  startEngine,
  withRemoteReader,
  type EngineClient,
  type EngineProcess,
} from '../cache/index.ts';
import { loadTokenizer, openRemoteModel, type Tokenizer } from '../engine/index.ts';
import { openStores, type Stores } from '../graph/index.ts';
import {
  BlobStore,
  blobFolder,
  formerEmbedderFolder,
  incomingFolder,
  IdentityService,
  IngestService,
  kvFolder,
  modelCacheFolder,
  openQueue,
  startIngestThread,
  StatementService,
  syncGraphStore,
  watchForMerges,
  withSchema,
  withTitles,
  type IngestThread,
  type JobQueue,
} from '../ingest/index.ts';
import { engineReranker, TermCache, type RetrievalParts } from '../retrieval/index.ts';
import { ConfigError, type PlatformConfig } from './config.ts';
import { lockHome } from './home-lock.ts';
import { startIngestThreadTwice } from './ingest-thread.ts';
import { LiveAnswers } from './live-answers.ts';
import { loadingLog } from './loading-log.ts';

export interface Platform {
  readonly config: PlatformConfig;
  readonly log: Logger;
  readonly stores: Stores;
  readonly engine: EngineProcess;
  readonly queue: JobQueue;
  readonly blobs: BlobStore;
  readonly ingest: IngestService;
  readonly identity: IdentityService;
  /** What facts are stated in. */
  readonly statements: StatementService;
  /** Of the reader; loaded when it is first asked for. */
  readonly tokenizer: () => Tokenizer;
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
  const engine = await startOwnEngine(config, log, (error) => (engineFailure = error));
  closers.add(() => engine.close());
  const { client } = engine;
  const opened = openStores({
    home: config.home,
    neo4j: config.neo4j,
    embedder: client.info.embedder.fingerprint,
  });
  const stores: Stores = { ...opened, graph: withTitles(withSchema(opened.graph, opened), opened) };
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
  await syncGraphs(stores, config, log, closers);
  const identity = startIdentity(stores, client, log, closers);
  const ingestThread = await startIngest(config, engine, log, (error) => (ingestFailure = error));
  closers.add(() => ingestThread.close());
  const retrieval: RetrievalParts = {
    ...stores,
    engine: answeringEngine(client, config),
    terms: new TermCache(),
    reranker: engineReranker(client),
  };
  const answers = new LiveAnswers({ ...retrieval, conversations: stores.conversations }, log, {
    keepMs: config.conversationKeepMs,
  });
  closers.add(() => answers.close());
  return {
    config,
    log,
    stores,
    engine,
    queue,
    blobs,
    ingest,
    identity,
    statements: new StatementService({ corpus: stores.corpus, schemas: stores.schemas, queue }),
    tokenizer: once(() => loadTokenizer(config.readerFolder)),
    retrieval,
    answers,
    failure: () => engineFailure ?? ingestFailure,
    close: () => closers.close(),
  };
}

/** The engine here, or one that lets a remote server write the answers. */
function answeringEngine(
  client: EngineClient,
  { remoteReader, remoteBlending }: PlatformConfig,
): EngineClient {
  if (!remoteReader || !remoteBlending) return client;
  return withRemoteReader(client, {
    remote: openRemoteModel(remoteReader),
    tokenizer: loadTokenizer(remoteBlending.tokenizerFolder),
    separator: remoteBlending.separator,
    maxPositions: remoteBlending.maxPositions,
  });
}

/** Decisions that a crash left half done are carried through in the background. */
function startIdentity(
  { corpus, graph, identity: records, titles }: Stores,
  engine: EngineProcess['client'],
  log: Logger,
  closers: Closers,
): IdentityService {
  const identity = new IdentityService({ corpus, graph, identity: records, titles, engine });
  const resumed = identity.editor.resume().catch((error: unknown) => {
    log.error(
      { err: error },
      'merges and splits were not carried through; the next one tries again',
    );
  });
  closers.add(async () => void (await resumed));
  closers.add(watchForMerges({ corpus, graph, identity, log }));
  return identity;
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** A graph in SQLite is complete before the server answers; one elsewhere follows when its server does. */
async function syncGraphs(
  { corpus, graph, titles }: Stores,
  config: PlatformConfig,
  log: Logger,
  closers: Closers,
): Promise<void> {
  const stop = new AbortController();
  const synced = syncGraphStore({ corpus, graph, titles }, log, stop.signal);
  if (!config.neo4j) return synced;
  const ended = synced.catch((error: unknown) => {
    if (!stop.signal.aborted) log.error({ err: error }, 'the graph store was not brought in step');
  });
  closers.add(() => {
    stop.abort();
    return ended;
  });
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
  engine: EngineProcess,
  log: Logger,
  onChange: (failure: Error | undefined) => void,
): Promise<IngestThread> {
  const options = {
    home: config.home,
    redisUrl: config.redisUrl,
    neo4j: config.neo4j,
    remoteReader: config.remoteReader,
    readerFolder: config.readerFolder,
    embedderFolder: config.embedderFolder,
    concurrency: config.ingestConcurrency,
    embedSentences: config.embedSentences,
    embedGraph: config.embedGraph,
    limits: { timeoutMs: config.parseTimeoutMs, maxBytes: config.maxUploadBytes },
  };
  const start = (onExit: (error: Error) => void): Promise<IngestThread> =>
    startIngestThread(options, engine, log, onExit);
  return startIngestThreadTwice(start, log, onChange);
}

function startOwnEngine(
  config: PlatformConfig,
  log: Logger,
  onChange: (failure: Error | undefined) => void,
): Promise<EngineProcess> {
  return startEngine(
    {
      readerFolder: config.readerFolder,
      embedderFolder: config.embedderFolder,
      formerEmbedderFolder: formerEmbedderFolder(config.home, config.embedderFolder),
      ...(config.rerankerFolder && { rerankerFolder: config.rerankerFolder }),
      modelCacheFolder: modelCacheFolder(config.home),
      kvFolder: kvFolder(config.home),
      kvDiskBytes: config.kvDiskBytes,
      kvRamBytes: config.kvRamBytes,
      prefixBytes: config.kvPromptBytes,
      variants: config.kvVariants,
      codec: config.kvCodec,
      fidelity: { sampled: config.shadowShare, wanted: config.fidelity },
      ...(config.sharedKv && { sharedKv: config.sharedKv }),
      weights: config.weights,
      threads: config.threads,
    },
    {
      onFault: (fault) =>
        log.warn({ fault }, 'a stored KV cache was unusable; it will be computed again'),
      onLoading: loadingLog(log),
      onDown: (error) => {
        log.error({ err: error }, 'the engine has ended; it is being started again');
        onChange(error);
      },
      onUp: () => {
        log.info('the engine answers again');
        onChange(undefined);
      },
    },
  );
}
