/** Starts the engine's process and hands out clients to it; a client's port may be moved to another thread. */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { RpcClient, type CallOptions } from '../rpc/client.ts';
import type { RpcPort } from '../rpc/messages.ts';
import { serveRpc, type RpcHandlers } from '../rpc/server.ts';
import type {
  EngineClient,
  EngineInfo,
  EngineStats,
  GenerateEvent,
  GenerateResult,
  PrecomputeEvent,
  PrecomputeResult,
  PrefetchResult,
} from '../service-types.ts';
import type { EngineOptions } from '../engine-options.ts';
import type { StoredBehind } from '../variants/variant-maker.ts';
import { Supervisor, type EngineCallbacks } from './supervisor.ts';

export interface EngineProcess {
  readonly client: EngineClient;
  /** Of the process that runs now; undefined while there is none. */
  readonly pid: number | undefined;
  /** A port to the same engine, to be sent to another thread and given to `connectEngine` there. */
  newPort(): MessagePort;
  close(): Promise<void>;
}

type Call = <Result, Event = never>(
  method: string,
  params: unknown,
  options?: CallOptions<Event>,
) => Promise<Result>;

const METHODS = [
  'info',
  'embed',
  'rerank',
  'generate',
  'precompute',
  'prefetch',
  'tokenize',
  'deleteKv',
  'pinKv',
  'storeBehind',
  'kvKeys',
  'kvStats',
] as const;

/** Resolves when the models are loaded. Throws what loading threw. */
export async function startEngine(
  options: EngineOptions,
  callbacks: EngineCallbacks = {},
): Promise<EngineProcess> {
  const engine = new Supervisor(options, callbacks);
  await engine.start();
  const call: Call = (method, params, given) => engine.call(method, params, given);
  const ports: MessagePort[] = [];
  return {
    client: await clientOf(call),
    get pid() {
      return engine.pid;
    },
    newPort() {
      const { port1, port2 } = new MessageChannel();
      ports.push(port1);
      serveRpc(port1, passedOn(call));
      return port2;
    },
    async close() {
      await engine.close();
      for (const port of ports) port.close();
    },
  };
}

/** Calls of other threads go to the process through this one, which hears first when it is gone. */
function passedOn(call: Call): RpcHandlers {
  const handlers = METHODS.map((method) => [
    method,
    (params: never, { signal, emit }: { signal: AbortSignal; emit: (event: unknown) => void }) =>
      call(method, params, { signal, onEvent: emit }),
  ]);
  return Object.fromEntries(handlers) as RpcHandlers;
}

/** A client over a port made by `EngineProcess.newPort`. */
export function connectEngine(port: RpcPort): Promise<EngineClient> {
  const rpc = new RpcClient(port);
  return clientOf((method, params, options) => rpc.call(method, params, options));
}

async function clientOf(call: Call): Promise<EngineClient> {
  const info = await call<EngineInfo>('info', {});
  return {
    info,
    embed: (texts, kind, signal, fingerprint) =>
      call<Float32Array[]>('embed', { texts, kind, fingerprint }, { signal }),
    ...(info.reranker && {
      rerank: (request, signal) => call<number[]>('rerank', request, { signal }),
    }),
    generate: (request, options) =>
      call<GenerateResult, GenerateEvent>('generate', request, options),
    precompute: (request, options) =>
      call<PrecomputeResult, PrecomputeEvent>('precompute', request, options),
    prefetch: (request, signal) => call<PrefetchResult>('prefetch', request, { signal }),
    tokenize: (texts) => call<Int32Array[]>('tokenize', texts),
    deleteKv: (keys) => call<void>('deleteKv', keys),
    storeBehind: (request, signal) => call<StoredBehind[]>('storeBehind', request, { signal }),
    pinKv: (keys, until) => call<number>('pinKv', { keys, until }),
    kvKeys: () => call<string[]>('kvKeys', {}),
    kvStats: () => call<EngineStats>('kvStats', {}),
  };
}
