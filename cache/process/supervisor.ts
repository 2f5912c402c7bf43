/** Keeps the engine's process alive: started again after a crash, sooner at first, later if it keeps crashing. */
import { fork, type ChildProcess } from 'node:child_process';
import { EngineError, modelProcessEnvironment } from '../../engine/index.ts';
import { EngineRestartingError } from '../errors.ts';
import { RemoteEngineError, RpcClient, type CallOptions } from '../rpc/client.ts';
import type { RpcPort } from '../rpc/messages.ts';
import type { EngineLoading, EngineOptions, KvFault, EngineMessage } from '../engine-options.ts';
import { childModule } from '../worker-file.ts';
import type { StartMessage } from './child.ts';

export interface EngineCallbacks {
  readonly onFault?: (fault: KvFault) => void;
  /** How far loading is, also when it is started again. */
  readonly onLoading?: (loading: EngineLoading) => void;
  /** The process ended although nobody closed it; it is being started again. */
  readonly onDown?: (error: Error) => void;
  /** It answers again. */
  readonly onUp?: () => void;
}

const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 30_000;
/** After so long a life, a crash is taken for the first. */
const STEADY_MS = 60_000;
/** The longest a process may be silent: layers and slices take less than a second. */
const SILENCE_MS = 120_000;
const PING_MS = 10_000;
const CLOSE_TIMEOUT_MS = 3000;

export class Supervisor {
  readonly #options: EngineOptions;
  readonly #callbacks: EngineCallbacks;
  #child: ChildProcess | undefined;
  #rpc: RpcClient | undefined;
  #crashes = 0;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: EngineOptions, callbacks: EngineCallbacks) {
    this.#options = options;
    this.#callbacks = callbacks;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves when the models are loaded. Throws what loading threw; then nothing is left running. */
  async start(): Promise<void> {
    const { module, execArgv } = childModule(import.meta.url, './child');
    const child = fork(module, {
      execArgv: [...execArgv],
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...modelProcessEnvironment, ...process.env },
    });
    this.#child = child;
    const rpc = new RpcClient(portOf(child));
    await this.#loaded(child);
    this.#rpc = rpc;
    const watch = watchSilence(rpc, child);
    const since = performance.now();
    child.once('exit', () => {
      clearInterval(watch);
      if (performance.now() - since >= STEADY_MS) this.#crashes = 0;
    });
    child.once('exit', (code, signal) => this.#ended(signal ?? `exit code ${code}`));
  }

  /** Throws as RpcClient does, and EngineRestartingError while there is no process. */
  async call<Result, Event = never>(
    method: string,
    params: unknown,
    options?: CallOptions<Event>,
  ): Promise<Result> {
    if (this.#closed) throw closedError();
    if (!this.#rpc) throw new EngineRestartingError();
    return this.#rpc.call<Result, Event>(method, params, options);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#rpc?.fail(closedError());
    await this.#stop();
  }

  #loaded(child: ChildProcess): Promise<void> {
    child.send({ start: this.#options } satisfies StartMessage, () => undefined);
    return new Promise<void>((resolve, reject) => {
      const gone = (code: number | null, signal: string | null): void =>
        reject(new EngineRestartingError(signal ?? `exit code ${code}`));
      child.once('error', reject);
      child.once('exit', gone);
      child.on('message', (message: EngineMessage) => {
        if (message.kind === 'fault') this.#callbacks.onFault?.(message.fault);
        if (message.kind === 'loading') this.#callbacks.onLoading?.(message.loading);
        if (message.kind === 'ready') resolve(void child.off('exit', gone));
        if (message.kind !== 'failed') return;
        child.kill('SIGKILL');
        reject(new RemoteEngineError(message.error));
      });
    });
  }

  #ended(reason: string): void {
    if (this.#closed) return;
    const error = new EngineRestartingError(reason);
    this.#rpc?.fail(error);
    this.#rpc = undefined;
    this.#callbacks.onDown?.(error);
    this.#startLater();
  }

  #startLater(): void {
    const delay = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#crashes++);
    this.#retry = setTimeout(() => {
      this.start().then(
        () => this.#callbacks.onUp?.(),
        (error: Error) => {
          if (this.#closed) return;
          this.#callbacks.onDown?.(error);
          this.#startLater();
        },
      );
    }, delay);
  }

  async #stop(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = new Promise((resolve) => child.once('exit', resolve));
    if (child.connected) child.disconnect();
    const kill = setTimeout(() => child.kill('SIGKILL'), CLOSE_TIMEOUT_MS);
    await exited;
    clearTimeout(kill);
  }
}

function portOf(child: ChildProcess): RpcPort {
  return {
    postMessage(message) {
      // Its end is heard of by `exit`.
      if (child.connected) child.send(message as object, () => undefined);
    },
    // Of its end the supervisor tells, who knows what follows.
    on: (event, listener) => (event === 'message' ? child.on(event, listener) : child),
  };
}

/** A process that hangs is ended, so that it is started again. */
function watchSilence(rpc: RpcClient, child: ChildProcess): NodeJS.Timeout {
  let heard = performance.now();
  const watch = setInterval(() => {
    if (performance.now() - heard > SILENCE_MS) child.kill('SIGKILL');
    rpc.call('info', {}).then(
      () => (heard = performance.now()),
      () => undefined,
    );
  }, PING_MS);
  return watch.unref();
}

function closedError(): EngineError {
  return new EngineError('The engine was closed', { fix: 'Start the server again.' });
}
