/** Answers calls that come in over a port. */
import { GraphblendError } from '../../engine/index.ts';
import type { RpcCancel, RpcError, RpcPort, RpcReply, RpcRequest } from './messages.ts';

export interface CallContext {
  /** True once the caller has given up, or its end of the port is closed. */
  readonly isCancelled: () => boolean;
  readonly emit: (event: unknown) => void;
}

/** The same for what passes the call on. */
export interface RpcCall extends CallContext {
  readonly signal: AbortSignal;
}

export type RpcHandlers = Readonly<
  Record<string, (params: never, call: RpcCall) => Promise<unknown>>
>;

export function serveRpc(port: RpcPort, handlers: RpcHandlers): void {
  const open = new Map<number, AbortController>();
  port.on('close', () => {
    for (const control of open.values()) control.abort();
  });
  port.on('message', (message: Partial<RpcRequest & RpcCancel>) => {
    if (message.cancel !== undefined) open.get(message.cancel)?.abort();
    // Other messages come over the same line.
    else if (message.method) void answer(message as RpcRequest);
  });

  async function answer({ id, method, params }: RpcRequest): Promise<void> {
    const { signal } = addTo(open, id);
    const send = (reply: RpcReply): void => port.postMessage(reply);
    const call: RpcCall = {
      signal,
      isCancelled: () => signal.aborted,
      emit: (event) => send({ id, kind: 'event', event }),
    };
    try {
      const handler = Object.hasOwn(handlers, method) ? handlers[method] : undefined;
      if (!handler) throw new Error(`the engine has no method ${method}`);
      send({ id, kind: 'result', result: await handler(params as never, call) });
    } catch (error) {
      // Also a result that cannot be cloned ends here: every call gets one reply.
      send({ id, kind: 'error', error: describeError(error) });
    } finally {
      open.delete(id);
    }
  }
}

function addTo(open: Map<number, AbortController>, id: number): AbortController {
  const control = new AbortController();
  open.set(id, control);
  return control;
}

export function describeError(error: unknown): RpcError {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  if (error instanceof GraphblendError) {
    return { name: error.name, message, code: error.code, fix: error.fix, stack };
  }
  return { name: 'EngineError', message, code: 'engine_error', fix: 'See the server log.', stack };
}
