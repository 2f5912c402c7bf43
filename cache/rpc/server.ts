/** Answers calls that come in over a port. */
import { GraphblendError } from '../../engine/index.ts';
import type { RpcError, RpcPort, RpcReply, RpcRequest } from './messages.ts';

export interface CallContext {
  /** True once the caller has given up. */
  readonly isCancelled: () => boolean;
  readonly emit: (event: unknown) => void;
}

export type RpcHandlers = Readonly<
  Record<string, (params: never, context: CallContext) => Promise<unknown>>
>;

export function serveRpc(port: RpcPort, handlers: RpcHandlers): void {
  port.on('message', (message: RpcRequest) => {
    // Other messages, such as a new port, come over the same line.
    if (!message.method) return;
    void answer(message, handlers).then((reply) => port.postMessage(reply));
  });

  async function answer(request: RpcRequest, table: RpcHandlers): Promise<RpcReply> {
    const { id } = request;
    const flag = new Int32Array(request.cancel);
    const context: CallContext = {
      isCancelled: () => Atomics.load(flag, 0) !== 0,
      emit: (event) => port.postMessage({ id, kind: 'event', event } satisfies RpcReply),
    };
    try {
      const handler = table[request.method];
      if (!handler) throw new Error(`engine has no method ${request.method}`);
      return { id, kind: 'result', result: await handler(request.params as never, context) };
    } catch (error) {
      return { id, kind: 'error', error: describe(error) };
    }
  }
}

function describe(error: unknown): RpcError {
  if (error instanceof GraphblendError) {
    return { name: error.name, message: error.message, code: error.code, fix: error.fix };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { name: 'EngineError', message, code: 'engine_error', fix: 'See the server log.' };
}
