/** Answers calls that come in over a port. */
import { GraphblendError } from '../../engine/index.ts';
import type { RpcError, RpcPort, RpcReply, RpcRequest } from './messages.ts';

export interface CallContext {
  /** True once the caller has given up, or its end of the port is closed. */
  readonly isCancelled: () => boolean;
  readonly emit: (event: unknown) => void;
}

export type RpcHandlers = Readonly<
  Record<string, (params: never, context: CallContext) => Promise<unknown>>
>;

export function serveRpc(port: RpcPort, handlers: RpcHandlers): void {
  let closed = false;
  port.on('close', () => {
    closed = true;
  });
  port.on('message', (message: RpcRequest) => {
    // Other messages, such as a new port, come over the same line.
    if (message.method) void answer(message);
  });

  async function answer(request: RpcRequest): Promise<void> {
    const { id, method, params } = request;
    const flag = new Int32Array(request.cancel);
    const send = (reply: RpcReply): void => port.postMessage(reply);
    const context: CallContext = {
      isCancelled: () => closed || Atomics.load(flag, 0) !== 0,
      emit: (event) => send({ id, kind: 'event', event }),
    };
    try {
      const handler = Object.hasOwn(handlers, method) ? handlers[method] : undefined;
      if (!handler) throw new Error(`the engine has no method ${method}`);
      send({ id, kind: 'result', result: await handler(params as never, context) });
    } catch (error) {
      // Also a result that cannot be cloned ends here: every call gets one reply.
      send({ id, kind: 'error', error: describeError(error) });
    }
  }
}

export function describeError(error: unknown): RpcError {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  if (error instanceof GraphblendError) {
    return { name: error.name, message, code: error.code, fix: error.fix, stack };
  }
  return { name: 'EngineError', message, code: 'engine_error', fix: 'See the server log.', stack };
}
