/** What the engine's process does: loads the models, and answers calls. */
import { basename } from 'node:path';
import {
  loadCrossEncoder,
  loadDecoder,
  loadEmbedder,
  loadTokenizer,
  type EmbedderRunner,
} from '../../engine/index.ts';
import { DiskTier } from '../disk-tier.ts';
import { KvStore } from '../kv-store.ts';
import { RamTier } from '../ram-tier.ts';
import { openSharedTier } from '../shared/open.ts';
import { SharedFiles } from '../shared/shared-files.ts';
import type { RpcHandlers } from '../rpc/server.ts';
import { EngineService } from '../service.ts';
import type {
  EmbedderInfo,
  EmbedKind,
  EngineInfo,
  GenerateRequest,
  PrecomputeRequest,
  PrefetchRequest,
  RerankRequest,
} from '../service-types.ts';
import { threadCount } from '../thread-count.ts';
import type { EngineLoading, EngineOptions, KvFault } from '../engine-options.ts';

export interface LoadedEngine {
  readonly service: EngineService;
  readonly info: EngineInfo;
}

export interface LoadCallbacks {
  readonly onFault: (fault: KvFault) => void;
  /** Of the reader, which is the largest by far. */
  readonly onLoading: (loading: EngineLoading) => void;
}

/** Loads the models and opens the stores of their KV. Throws what the models' loaders throw. */
export async function loadEngine(
  given: EngineOptions,
  { onFault, onLoading }: LoadCallbacks,
): Promise<LoadedEngine> {
  const tokenizer = loadTokenizer(given.readerFolder);
  const model = (folder: string) => ({
    folder,
    cacheDir: given.modelCacheFolder,
    threads: threadCount(folder, given.threads),
  });
  const runner = loadDecoder({
    ...model(given.readerFolder),
    weights: given.weights,
    onProgress: (progress) => onLoading({ model: basename(given.readerFolder), ...progress }),
  });
  const embedder = loadEmbedder(model(given.embedderFolder));
  const formerEmbedder = loadFormer(given.formerEmbedderFolder, embedder.fingerprint, (folder) =>
    loadEmbedder(model(folder)),
  );
  const reranker =
    given.rerankerFolder === undefined ? undefined : loadCrossEncoder(model(given.rerankerFolder));
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
    prefixBytes: given.prefixBytes,
    variants: given.variants,
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

export function engineHandlers({ service, info }: LoadedEngine): RpcHandlers {
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
    storeBehind: (params: GenerateRequest, call) => service.storeBehind(params, call),
    pinKv: async (params: { keys: string[]; until: number }) =>
      service.pinKv(params.keys, params.until),
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
