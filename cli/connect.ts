/**
 * One way for every command: the REST API. A server that runs on this home is used; without one, the whole
 * platform is started inside this process on a free loopback port, and ended afterwards.
 */
import { existsSync, readFileSync } from 'node:fs';
import {
  ConfigError,
  readConfig,
  serverFile,
  startServer,
  type PlatformConfig,
} from '../api/index.ts';
import { RestClient } from './rest-client.ts';

interface Connection {
  readonly client: RestClient;
  readonly close: () => Promise<void>;
}

export interface ConnectOptions {
  readonly url?: string;
  readonly sample: boolean;
  /** False for commands that handle Ctrl-C themselves. Default true. */
  readonly stoppable?: boolean;
}

/** Runs `work` with a client, and ends what was started for it. */
export async function withClient<T>(
  options: ConnectOptions,
  work: (client: RestClient) => Promise<T>,
): Promise<T> {
  const { client, close } = await connect(options);
  const interrupted = (): void => {
    // What has been handed in is recorded: a platform of our own ends in order, a server goes on with it.
    process.stderr.write('\nStopped. Documents that were taken in go on at the next start.\n');
    void close().finally(() => process.exit(130));
  };
  if (options.stoppable ?? true) process.once('SIGINT', interrupted);
  try {
    return await work(client);
  } finally {
    process.removeListener('SIGINT', interrupted);
    await close();
  }
}

async function connect(options: ConnectOptions): Promise<Connection> {
  const config = readConfig(process.env);
  const url = options.url ?? (await runningServer(config));
  if (url) return { client: new RestClient(url, config.apiKey), close: async () => undefined };
  const own = { ...config, host: '127.0.0.1', port: 0, sample: config.sample && options.sample };
  try {
    const server = await startServer(own);
    return { client: new RestClient(server.url, config.apiKey), close: () => server.close() };
  } catch (error) {
    // Another process has the home and is perhaps still starting: once it says where, it is asked.
    const other = error instanceof ConfigError ? await soonRunning(config) : undefined;
    if (!other) throw error;
    return { client: new RestClient(other, config.apiKey), close: async () => undefined };
  }
}

async function soonRunning(config: PlatformConfig): Promise<string | undefined> {
  for (let tries = 0; tries < 20; tries++) {
    const url = await runningServer(config);
    if (url) return url;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return undefined;
}

async function runningServer(config: PlatformConfig): Promise<string | undefined> {
  const file = serverFile(config.home);
  if (!existsSync(file)) return undefined;
  const { url, pid } = readAnnouncement(file);
  // A file left by a killed server: its process is gone, and somebody else may have its port.
  if (!url || !pid || !isRunning(pid)) return undefined;
  const alive = await fetch(`${url}/livez`, { signal: AbortSignal.timeout(5000) }).then(
    (response) => response.ok,
    () => false,
  );
  return alive ? url : undefined;
}

function readAnnouncement(file: string): { url?: string; pid?: number } {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as { url?: string; pid?: number };
  } catch {
    return {};
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It runs, but belongs to another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
