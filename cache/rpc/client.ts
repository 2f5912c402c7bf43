/** Calls the engine: promises, event streams, cancellation by AbortSignal. */
import { CancelledError, EngineError, GraphblendError } from '../../engine/index.ts';
import type { RpcCancel, RpcError, RpcPort, RpcReply, RpcRequest } from './messages.ts';

interface Pending {
  // oxlint-disable-next-line typescript/no-explicit-any -- each call has its own type of result
  resolve(result: any): void;
  reject(error: Error): void;
  onEvent(event: unknown): void;
}

export interface CallOptions<Event> {
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: Event) => void;
}

/** An error that arose in the engine's process. */
export class RemoteEngineError extends GraphblendError {
  override name = 'RemoteEngineError';
  readonly code: string;

  constructor(error: RpcError) {
    super(error.message, { fix: error.fix, cause: remoteCause(error) });
    this.code = error.code;
  }
}

/** Carries the other side's stack into the log. */
function remoteCause({ name, message, stack }: RpcError): Error {
  return Object.assign(new Error(message), { name, stack });
}

export class RpcClient {
  readonly #port: RpcPort;
  readonly #pending = new Map<number, Pending>();
  #next = 1;
  #failure: Error | undefined;

  constructor(port: RpcPort) {
    this.#port = port;
    port.on('message', (reply: RpcReply) => this.#receive(reply));
    port.on('close', () => this.fail(engineGone()));
  }

  /** Throws what the other side threw, CancelledError, and EngineError if that side is gone. */
  async call<Result, Event = never>(
    method: string,
    params: unknown,
    options: CallOptions<Event> = {},
  ): Promise<Result> {
    const { signal, onEvent } = options;
    if (this.#failure) throw this.#failure;
    if (signal?.aborted) throw new CancelledError();
    const id = this.#next++;
    const giveUp = (): void => this.#port.postMessage({ cancel: id } satisfies RpcCancel);
    signal?.addEventListener('abort', giveUp, { once: true });
    try {
      return await new Promise<Result>((resolve, reject) => {
        this.#pending.set(id, {
          resolve,
          reject,
          onEvent: (event) => {
            try {
              onEvent?.(event as Event);
            } catch (error) {
              // A listener's fault ends its own call only; thrown from here it would end the process.
              giveUp();
              reject(error);
            }
          },
        });
        this.#port.postMessage({ id, method, params } satisfies RpcRequest);
      });
    } finally {
      this.#pending.delete(id);
      signal?.removeEventListener('abort', giveUp);
    }
  }

  /** The other side is gone: every open and future call fails with `error`, or the first such error. */
  fail(error: Error): void {
    this.#failure ??= error;
    for (const pending of this.#pending.values()) pending.reject(this.#failure);
    this.#pending.clear();
  }

  #receive(reply: RpcReply): void {
    const pending = this.#pending.get(reply.id);
    if (!pending) return;
    if (reply.kind === 'event') pending.onEvent(reply.event);
    else if (reply.kind === 'result') pending.resolve(reply.result);
    else if (reply.error.name === 'CancelledError') pending.reject(new CancelledError());
    else pending.reject(new RemoteEngineError(reply.error));
  }
}

/** Code `engine_error`. */
export function engineGone(cause?: unknown): EngineError {
  return new EngineError('The engine has ended', {
    fix: 'See the server log for the cause; restart the server.',
    cause,
  });
}
