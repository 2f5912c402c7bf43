/** Starts the server, tells where it listens, and ends it without losing anything. */
import { readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { destination, pino, type Logger } from 'pino';
import { replaceFile } from '../ingest/index.ts';
import { createApp } from './app.ts';
import { ConfigError, type PlatformConfig } from './config.ts';
import { openPlatform, type Platform } from './platform.ts';
import { ensureSample } from './sample.ts';

export interface RunningServer {
  readonly url: string;
  readonly platform: Platform;
  /** Not ready at once, streams end, running jobs are interrupted and go on at the next start. */
  close(): Promise<void>;
}

const DRAIN_MS = 5000;

export async function startServer(
  config: PlatformConfig,
  log: Logger = defaultLog(config),
): Promise<RunningServer> {
  const platform = await openPlatform(config, log);
  let draining = false;
  const server = createServer(createApp(platform, () => draining));
  const close = async (): Promise<void> => {
    draining = true;
    withdraw(config.home);
    await drain(server, platform);
    await platform.close();
  };
  try {
    await listen(server, config);
    const url = urlOf(server, config.host);
    // Before the sample, which takes a while: whoever looks for a server is to find this one.
    announce(config.home, url);
    await ensureSample(platform);
    return { url, platform, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function drain(server: Server, platform: Platform): Promise<void> {
  // Calls back with an error, at once, where the server does not listen.
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  // Whoever still listens then is cut off, which makes `closed` come.
  const timer = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  await platform.answers.close();
  server.closeIdleConnections();
  await closed;
  clearTimeout(timer);
}

/** On stderr: stdout is the CLI's. */
function defaultLog({ logLevel }: PlatformConfig): Logger {
  return pino({ level: logLevel }, destination(2));
}

/** Where a server of this home listens; the CLI looks here. */
export function serverFile(home: string): string {
  return join(home, 'server.json');
}

function announce(home: string, url: string): void {
  replaceFile(serverFile(home), JSON.stringify({ url, pid: process.pid }));
}

/** Only what this process has announced: a home can be handed on. */
function withdraw(home: string): void {
  const file = serverFile(home);
  try {
    const { pid } = JSON.parse(readFileSync(file, 'utf8')) as { pid?: number };
    if (pid === process.pid) rmSync(file, { force: true });
  } catch {
    // It is gone, or nobody's.
  }
}

function listen(server: Server, { host, port }: PlatformConfig): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const busy = error.code === 'EADDRINUSE';
      reject(
        new ConfigError(
          busy
            ? `Port ${port} on ${host} is in use`
            : `Cannot listen on ${host}:${port}: ${error.message}`,
          {
            fix: busy
              ? 'Stop the other program, or choose a port: PORT=7421 npm start'
              : 'Correct HOST and PORT.',
            cause: error,
          },
        ),
      );
    });
    server.listen(port, host, resolve);
  });
}

function urlOf(server: Server, host: string): string {
  const { port } = server.address() as AddressInfo;
  const shown = host === '0.0.0.0' || host === '::' ? 'localhost' : host;
  return `http://${shown.includes(':') ? `[${shown}]` : shown}:${port}`;
}
