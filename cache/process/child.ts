/**
 * Entry of the engine's process. A fault in native code ends this process and no other; its parent starts it again.
 * It ends itself when its parent is gone.
 */
import type { RpcPort } from '../rpc/messages.ts';
import { describeError, serveRpc } from '../rpc/server.ts';
import type { EngineOptions, EngineMessage } from '../engine-options.ts';
import { engineHandlers, loadEngine } from './load.ts';

/** The first message. */
export interface StartMessage {
  readonly start: EngineOptions;
}

// A Ctrl-C in a terminal reaches all its processes: the parent says when it is time.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => undefined);
process.once('disconnect', () => process.exit());
process.once('message', ({ start }: StartMessage) => void run(start));

async function run(options: EngineOptions): Promise<void> {
  try {
    const engine = await loadEngine(options, {
      onFault: (fault) => tell({ kind: 'fault', fault }),
      onLoading: (loading) => tell({ kind: 'loading', loading }),
    });
    serveRpc(parent, engineHandlers(engine));
    tell({ kind: 'ready' });
  } catch (error) {
    tell({ kind: 'failed', error: describeError(error) });
  }
}

const parent: RpcPort = {
  postMessage: (message) => send(message),
  on: (event, listener) => process.on(event === 'close' ? 'disconnect' : event, listener),
};

function tell(message: EngineMessage): void {
  send(message);
}

/** Nobody is left to be told of a failure to tell. */
function send(message: unknown): void {
  if (process.connected) process.send!(message, undefined, undefined, () => undefined);
}
