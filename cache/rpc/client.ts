/** Calls the engine's thread: promises, event streams, cancellation by AbortSignal. */
import { CancelledError, GraphblendError } from '../../engine/index.ts';
import type { RpcError, RpcPort, RpcReply, RpcRequest } from './messages.ts';

interface Pending {
  resolve(result: unknown): void;
  reject(error: Error): void;
  onEvent: ((event: unknown) => void) | undefined;
}

export interface CallOptions<Event> {
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: Event) => void;
}

/** An error that arose in the engine's thread. */
export class RemoteEngineError extends GraphblendError {
  override name = 'RemoteEngineError';
  readonly code: string;

  constructor(error: RpcError) {
    super(error.message, { fix: error.fix });
    this.code = error.code;
  }
}

export class RpcClient {
  readonly #port: RpcPort;
  readonly #pending = new Map<number, Pending>();
  #next = 1;
  #failure: Error | undefined;

  constructor(port: RpcPort) {
    this.#port = port;
    port.on('message', (reply: RpcReply) => this.#receive(reply));
  }

  async call<Result, Event = never>(
    method: string,
    params: unknown,
    options: CallOptions<Event> = {},
  ): Promise<Result> {
    const { signal, onEvent } = options;
    if (this.#failure) throw this.#failure;
    if (signal?.aborted) throw new CancelledError();
    const id = this.#next++;
    const cancel = new SharedArrayBuffer(4);
    const giveUp = (): void => void Atomics.store(new Int32Array(cancel), 0, 1);
    signal?.addEventListener('abort', giveUp, { once: true });
    try {
      return await new Promise<Result>((resolve, reject) => {
        this.#pending.set(id, {
          resolve: resolve as (result: unknown) => void,
          reject,
          onEvent: onEvent as ((event: unknown) => void) | undefined,
        });
        this.#port.postMessage({ id, method, params, cancel } satisfies RpcRequest);
      });
    } finally {
      signal?.removeEventListener('abort', giveUp);
    }
  }

  /** The other side is gone: every open and future call fails with `error`. */
  fail(error: Error): void {
    this.#failure = error;
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
  }

  #receive(reply: RpcReply): void {
    const pending = this.#pending.get(reply.id);
    if (!pending) return;
    if (reply.kind === 'event') return pending.onEvent?.(reply.event);
    this.#pending.delete(reply.id);
    if (reply.kind === 'result') pending.resolve(reply.result);
    else if (reply.error.name === 'CancelledError') pending.reject(new CancelledError());
    else pending.reject(new RemoteEngineError(reply.error));
  }
}
