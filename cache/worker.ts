/** Entry of the engine's thread: loads the models, then serves calls from the parent and further ports. */
import { basename } from 'node:path';
import { parentPort, workerData, type MessagePort } from 'node:worker_threads';
import {
  loadCrossEncoder,
  loadDecoder,
  loadEmbedder,
  loadTokenizer,
  type EmbedderRunner,
} from '../engine/index.ts';
import { DiskTier } from './disk-tier.ts';
import { KvStore } from './kv-store.ts';
import { RamTier } from './ram-tier.ts';
import { openSharedTier } from './shared/open.ts';
import { SharedFiles } from './shared/shared-files.ts';
import { describeError, serveRpc, type RpcHandlers } from './rpc/server.ts';
import { EngineService } from './service.ts';
import type {
  EmbedderInfo,
  EmbedKind,
  EngineInfo,
  GenerateRequest,
  PrecomputeRequest,
  PrefetchRequest,
  RerankRequest,
} from './service-types.ts';
import { threadCount } from './thread-count.ts';
import type { EngineThreadOptions, KvFault, ThreadMessage } from './thread-options.ts';

const port = parentPort!;
const options = workerData as EngineThreadOptions;

try {
  const { service, info } = await load(options);
  const handlers = handlersOf(service, info);
  serveRpc(port, handlers);
  port.on('message', (message: { connect?: MessagePort }) => {
    if (message.connect) serveRpc(message.connect, handlers);
  });
  port.postMessage({ kind: 'ready' } satisfies ThreadMessage);
} catch (error) {
  port.postMessage({ kind: 'failed', error: describeError(error) } satisfies ThreadMessage);
}

async function load(
  given: EngineThreadOptions,
): Promise<{ service: EngineService; info: EngineInfo }> {
  const tokenizer = loadTokenizer(given.readerFolder);
  const model = (folder: string) => ({
    folder,
    cacheDir: given.modelCacheFolder,
    threads: threadCount(folder, given.threads),
  });
  const runner = loadDecoder({ ...model(given.readerFolder), weights: given.weights });
  const embedder = loadEmbedder(model(given.embedderFolder));
  const formerEmbedder = loadFormer(given.formerEmbedderFolder, embedder.fingerprint, (folder) =>
    loadEmbedder(model(folder)),
  );
  const reranker =
    given.rerankerFolder === undefined ? undefined : loadCrossEncoder(model(given.rerankerFolder));
  const onFault = (fault: KvFault): void =>
    port.postMessage({ kind: 'fault', fault } satisfies ThreadMessage);
  const disk = new DiskTier({
    directory: given.kvFolder,
    budgetBytes: given.kvDiskBytes,
    onFault,
  });
  const store = new KvStore({
    ram: new RamTier(given.kvRamBytes),
    disk,
    preferFaster: true,
    ...(given.sharedKv && {
      shared: new SharedFiles({ tier: await openSharedTier(given.sharedKv), onFault }),
    }),
  });
  const service = new EngineService({
    runner,
    tokenizer,
    embedder,
    formerEmbedder,
    reranker,
    store,
    codec: given.codec,
    ...(given.fidelity && { fidelity: { random: Math.random, ...given.fidelity } }),
  });
  const { mayBlend, reason = '' } = await service.selfTest();
  if (!mayBlend) onFault({ kind: 'blending_refused', key: '', reason });
  const { config } = runner;
  return {
    service,
    info: {
      reader: {
        name: basename(given.readerFolder),
        parameters: countParameters(config),
        layers: config.layers,
        weights: given.weights,
        maxPositions: config.maxPositions,
        fingerprint: runner.fingerprint,
        tokenizerFingerprint: tokenizer.fingerprint,
        prefixTokens: service.prefixTokens,
        kvBytesPerToken: service.kvBytesPerToken,
      },
      embedder: embedderInfo(given.embedderFolder, embedder),
      ...(formerEmbedder && {
        formerEmbedder: embedderInfo(given.formerEmbedderFolder!, formerEmbedder),
      }),
      ...(reranker && {
        reranker: { name: basename(given.rerankerFolder!), fingerprint: reranker.fingerprint },
      }),
    },
  };
}

/** `undefined` if there is none, if it is the same, or if it cannot be loaded any more. */
function loadFormer(
  folder: string | undefined,
  current: string,
  loader: (folder: string) => EmbedderRunner,
): EmbedderRunner | undefined {
  if (folder === undefined) return undefined;
  try {
    const former = loader(folder);
    return former.fingerprint === current ? undefined : former;
  } catch {
    return undefined; // its model may have been removed: words and new vectors serve meanwhile
  }
}

function embedderInfo(folder: string, { dimensions, fingerprint }: EmbedderRunner): EmbedderInfo {
  return { name: basename(folder), dimensions, fingerprint };
}

function handlersOf(service: EngineService, info: EngineInfo): RpcHandlers {
  return {
    info: async () => info,
    embed: (params: { texts: string[]; kind: EmbedKind; fingerprint?: string }, call) =>
      service.embed(params.texts, params.kind, call, params.fingerprint),
    generate: (params: GenerateRequest, call) => service.generate(params, call),
    precompute: (params: PrecomputeRequest, call) => service.precompute(params, call),
    prefetch: (params: PrefetchRequest, call) => service.prefetch(params, call),
    rerank: (params: RerankRequest, call) => service.rerank(params, call),
    tokenize: async (texts: string[]) => service.tokenize(texts),
    deleteKv: async (keys: string[]) => service.deleteKv(keys),
    kvKeys: async () => service.store.keys(),
    kvStats: async () => service.stats(),
  };
}

function countParameters(config: {
  hiddenSize: number;
  layers: number;
  heads: number;
  kvHeads: number;
  headDim: number;
  ffnSize: number;
  vocabSize: number;
  tiedEmbeddings: boolean;
}): number {
  const attention = config.hiddenSize * config.headDim * (2 * config.heads + 2 * config.kvHeads);
  const ffn = 3 * config.hiddenSize * config.ffnSize;
  const norms = 2 * config.hiddenSize;
  const embeddings = config.vocabSize * config.hiddenSize * (config.tiedEmbeddings ? 1 : 2);
  return config.layers * (attention + ffn + norms) + embeddings + config.hiddenSize;
}
