/** Calls between a bench and its children: one at a time, over the channel of `fork`. */
import { fork, type ChildProcess } from 'node:child_process';

export interface Child {
  call<T>(method: string, params?: unknown): Promise<T>;
  readonly process: ChildProcess;
  end(): void;
}

type Reply = { readonly result: unknown } | { readonly error: string };

/** @param entry a TypeScript module that calls `answerCalls`; @param env defaults, which the environment overrides */
export function startChild(
  entry: URL,
  args: readonly string[],
  env: Record<string, string>,
): Child {
  const child = fork(entry, [...args], {
    execArgv: ['--import', import.meta.resolve('tsx')],
    env: { ...env, ...process.env },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  return {
    process: child,
    call<T>(method: string, params: unknown = {}) {
      return new Promise<T>((resolve, reject) => {
        const gone = (code: number | null): void => reject(new Error(`the child ended: ${code}`));
        child.once('exit', gone);
        child.once('message', (reply: Reply) => {
          child.off('exit', gone);
          if ('error' in reply) reject(new Error(reply.error));
          else resolve(reply.result as T);
        });
        child.send({ method, params });
      });
    },
    end: () => void child.kill('SIGKILL'),
  };
}

export function answerCalls(methods: Readonly<Record<string, (params: never) => unknown>>): void {
  process.on('message', ({ method, params }: { method: string; params: never }) => {
    void Promise.resolve()
      .then(() => methods[method]!(params))
      .then(
        (result) => process.send!({ result: result ?? null }),
        (error: Error) => process.send!({ error: `${method}: ${error.message}` }),
      );
  });
  process.once('disconnect', () => process.exit());
}
