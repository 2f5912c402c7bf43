/** The built server as a child process, on a free port and a home of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ServerOptions {
  /** GRAPHBLEND_HOME; default: a temporary folder that is removed when the server ends. */
  readonly home?: string;
  /** Added to the environment; `undefined` unsets a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Load the sample workspace and wait until it is ingested; default false. */
  readonly sample?: boolean;
  /** Kills the server (SIGKILL) even while it starts; `startServer` rejects then. */
  readonly signal?: AbortSignal;
}

export interface TestServer {
  readonly url: string;
  readonly home: string;
  readonly pid: number;
  /** All that the server has printed so far. */
  output(): string;
  /** Asks it to end, waits for that, and returns its exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL to the server and its parser processes. */
  kill(): Promise<void>;
}

const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 20_000;

const main = resolve(import.meta.dirname, '../../dist/cli/main.js');
const alive = new Set<ChildProcess>();
// A test run that is interrupted leaves no servers behind.
process.on('exit', () => {
  for (const child of alive) killGroup(child);
});

/** Throws with the server's output if it ends or stays silent instead of listening. */
export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const home = options.home ?? (await mkdtemp(join(tmpdir(), 'graphblend-test-')));
  const removeHome = async (): Promise<void> => {
    if (options.home === undefined) await rm(home, { recursive: true, force: true, maxRetries: 3 });
  };
  const { child, output, exited } = launch(home, options);
  try {
    const url = await listening(child, output);
    if (options.sample) await ingested(url);
    return {
      url,
      home,
      pid: child.pid!,
      output,
      stop: async () => {
        child.kill('SIGTERM');
        const timer = setTimeout(() => killGroup(child), STOP_TIMEOUT_MS);
        const code = await exited;
        clearTimeout(timer);
        await removeHome();
        return code;
      },
      kill: async () => {
        killGroup(child);
        await exited;
        await removeHome();
      },
    };
  } catch (error) {
    killGroup(child);
    await exited;
    await removeHome();
    throw error;
  }
}

/** Runs the built command line to its end, e.g. a start that is refused. */
export async function runCli(
  args: readonly string[],
  options: ServerOptions = {},
): Promise<{ code: number | null; output: string }> {
  const home = options.home ?? (await mkdtemp(join(tmpdir(), 'graphblend-test-')));
  const { output, exited } = launch(home, options, args);
  const code = await exited;
  if (options.home === undefined) await rm(home, { recursive: true, force: true });
  return { code, output: output() };
}

function launch(
  home: string,
  { env = {}, sample = false, signal }: ServerOptions,
  args: readonly string[] = ['serve', '--port', '0'],
): { child: ChildProcess; output: () => string; exited: Promise<number | null> } {
  if (!existsSync(main)) {
    throw new Error(`${main} is missing: build it with "npm run build"`);
  }
  let text = '';
  // A process group of its own, so that a kill reaches the parser processes too.
  const child = spawn(process.execPath, [main, ...args], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment({ GRAPHBLEND_HOME: home, GRAPHBLEND_SAMPLE: sample ? '1' : '0', ...env }),
  });
  alive.add(child);
  signal?.addEventListener('abort', () => killGroup(child), { once: true });
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data: Buffer) => (text += data.toString('utf8')));
  }
  const exited = new Promise<number | null>((done) => {
    child.once('close', (code) => {
      alive.delete(child);
      done(code);
    });
  });
  return { child, output: () => text, exited };
}

/** What the machine's user has set for Graphblend must not reach the tests. */
function environment(own: ServerOptions['env']): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: '1', ...own };
  for (const name of Object.keys(process.env)) {
    const foreign = /^(?:GRAPHBLEND_|NEO4J_|OPENAI_|(?:REDIS_URL|HOST|PORT)$)|_PROXY$/iu.test(name);
    if (foreign && !(name in own!)) delete env[name];
  }
  for (const [name, value] of Object.entries(own!)) if (value === undefined) delete env[name];
  return env;
}

async function listening(child: ChildProcess, output: () => string): Promise<string> {
  for (const started = performance.now(); ; await sleep(20)) {
    const url = /listens at (http:\/\/\S+)/.exec(output())?.[1];
    if (url) return url;
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new Error(
        `The server ended (${child.signalCode ?? `exit code ${child.exitCode}`}):\n${output()}`,
      );
    }
    if (performance.now() - started > START_TIMEOUT_MS) {
      throw new Error(
        `The server did not listen within ${START_TIMEOUT_MS / 1000} s:\n${output()}`,
      );
    }
  }
}

async function ingested(url: string): Promise<void> {
  for (;;) {
    const open = await Promise.all(
      ['enqueued', 'processing'].map(async (state) => {
        const response = await fetch(`${url}/v1/jobs?state=${state}&limit=1`);
        return ((await response.json()) as { data: unknown[] }).data.length;
      }),
    );
    if (open.every((count) => count === 0)) return;
    await sleep(100);
  }
}

function killGroup(child: ChildProcess): void {
  try {
    process.kill(-child.pid!, 'SIGKILL');
  } catch {
    // It has ended already.
  }
}
