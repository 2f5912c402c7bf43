/** Starts the engine's thread and hands out clients to it; a client's port may be moved to another thread. */
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import { EngineError } from '../engine/index.ts';
import { engineGone, RemoteEngineError, RpcClient } from './rpc/client.ts';
import type { RpcPort } from './rpc/messages.ts';
import type {
  EngineClient,
  EngineInfo,
  EngineStats,
  GenerateEvent,
  GenerateResult,
  PrecomputeEvent,
  PrecomputeResult,
  PrefetchResult,
} from './service-types.ts';
import type { EngineThreadOptions, KvFault, ThreadMessage } from './thread-options.ts';
import { workerFile } from './worker-file.ts';

export interface EngineThread {
  readonly client: EngineClient;
  /** A port to the same engine, to be sent to another thread and given to `connectEngine` there. */
  newPort(): MessagePort;
  close(): Promise<void>;
}

export interface EngineThreadCallbacks {
  readonly onFault?: (fault: KvFault) => void;
  /** The thread ended although nobody closed it. */
  readonly onExit?: (error: Error) => void;
}

/** Resolves when the models are loaded. Throws what loading threw. */
export async function startEngineThread(
  options: EngineThreadOptions,
  callbacks: EngineThreadCallbacks = {},
): Promise<EngineThread> {
  const worker = new Worker(workerFile(import.meta.url, './worker'), { workerData: options });
  const rpc = new RpcClient(worker);
  const life = watchLife(worker, rpc, callbacks);
  try {
    await life.ready;
    return {
      client: await clientOf(rpc),
      newPort: () => {
        const { port1, port2 } = new MessageChannel();
        worker.postMessage({ connect: port1 }, [port1]);
        return port2;
      },
      close: life.close,
    };
  } catch (error) {
    await life.close();
    throw error;
  }
}

/** Passes on what the thread says about itself, and fails open calls when it ends. */
function watchLife(
  worker: Worker,
  rpc: RpcClient,
  callbacks: EngineThreadCallbacks,
): { ready: Promise<void>; close: () => Promise<void> } {
  let ended = false;
  let fail: (error: Error) => void = () => undefined;
  const end = (error: Error): void => {
    if (ended) return;
    ended = true;
    fail(error);
    rpc.fail(error);
    callbacks.onExit?.(error);
  };
  worker.on('error', (cause) => end(engineGone(cause)));
  worker.on('exit', (code) => end(engineGone(new Error(`exit code ${code}`))));
  const ready = new Promise<void>((resolve, reject) => {
    fail = reject;
    worker.on('message', (message: ThreadMessage) => {
      if (message.kind === 'ready') resolve();
      if (message.kind === 'failed') reject(new RemoteEngineError(message.error));
      if (message.kind === 'fault') callbacks.onFault?.(message.fault);
    });
  });
  const close = async (): Promise<void> => {
    ended = true; // what follows is wanted: nobody is told
    rpc.fail(new EngineError('The engine was closed', { fix: 'Start the server again.' }));
    await worker.terminate();
  };
  return { ready, close };
}

/** A client over a port made by `EngineThread.newPort`. */
export function connectEngine(port: RpcPort): Promise<EngineClient> {
  return clientOf(new RpcClient(port));
}

async function clientOf(rpc: RpcClient): Promise<EngineClient> {
  const info = await rpc.call<EngineInfo>('info', {});
  return {
    info,
    embed: (texts, kind, signal, fingerprint) =>
      rpc.call<Float32Array[]>('embed', { texts, kind, fingerprint }, { signal }),
    ...(info.reranker && {
      rerank: (request, signal) => rpc.call<number[]>('rerank', request, { signal }),
    }),
    generate: (request, options) =>
      rpc.call<GenerateResult, GenerateEvent>('generate', request, options),
    precompute: (request, options) =>
      rpc.call<PrecomputeResult, PrecomputeEvent>('precompute', request, options),
    prefetch: (request, signal) => rpc.call<PrefetchResult>('prefetch', request, { signal }),
    tokenize: (texts) => rpc.call<Int32Array[]>('tokenize', texts),
    deleteKv: (keys) => rpc.call<void>('deleteKv', keys),
    kvKeys: () => rpc.call<string[]>('kvKeys', {}),
    kvStats: () => rpc.call<EngineStats>('kvStats', {}),
  };
}
