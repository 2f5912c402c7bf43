/** Connections to Redis that reconnect for ever, never crash the process, and can say that they are down. */

import { Redis, type RedisOptions } from 'ioredis';
import { QueueUnavailableError } from './errors.ts';
import { asError, type ErrorSink } from './policy.ts';

/** Quick at first, never slower than two seconds: a restarted Redis is found soon. */
const retryStrategy = (attempt: number): number => Math.min(50 * 2 ** Math.min(attempt, 6), 2_000);

/** Host, port and database, without user and password: fit for logs and errors. */
export function redisAddress(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

/** For calls that somebody waits for: a command fails when the connection is lost instead of being sent later. */
export function callerConnection(url: string, timeoutMs: number, onError: ErrorSink): Redis {
  return connect(url, onError, {
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: timeoutMs,
  });
}

export interface WorkerConnection {
  readonly connection: Redis;
  /** Ends this connection and those that BullMQ copied from it, connected or not. */
  disconnect(): void;
}

/** For workers, which outlive outages: commands wait for the connection. BullMQ demands the null. */
export function workerConnection(url: string, onError: ErrorSink): WorkerConnection {
  const connection = connect(url, onError, { maxRetriesPerRequest: null });
  const all = [connection];
  const duplicate = connection.duplicate.bind(connection);
  // BullMQ blocks on a copy, and while Redis is away its own closing never ends: the copy would
  // try to reconnect, and keep the process alive, for ever.
  connection.duplicate = (override) => {
    const copy = duplicate(override);
    copy.on('error', onError);
    all.push(copy);
    return copy;
  };
  return { connection, disconnect: () => all.forEach((one) => one.disconnect()) };
}

function connect(url: string, onError: ErrorSink, options: RedisOptions): Redis {
  const connection = new Redis(url, { retryStrategy, ...options });
  connection.on('error', onError);
  return connection;
}

/** Rejects with QueueUnavailableError if the connection is not ready within `timeoutMs`. */
async function whenReady(connection: Redis, timeoutMs: number): Promise<void> {
  if (connection.status === 'ready') return;
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      connection.off('ready', ready);
      reject(new Error(`not connected within ${timeoutMs} ms (${connection.status})`));
    }, timeoutMs);
    const ready = (): void => {
      clearTimeout(timer);
      resolve();
    };
    connection.once('ready', ready);
  });
}

export interface Caller {
  readonly connection: Redis;
  readonly address: string;
  readonly timeoutMs: number;
}

/** Runs `call` on a live connection and turns every way of being cut off into QueueUnavailableError. */
export async function callRedis<T>(caller: Caller, call: () => Promise<T>): Promise<T> {
  try {
    await whenReady(caller.connection, caller.timeoutMs);
    return await call();
  } catch (error) {
    if (isReply(error)) throw error;
    throw new QueueUnavailableError(caller.address, asError(error));
  }
}

/** An answer of Redis or BullMQ itself, as opposed to no answer. */
function isReply(error: unknown): boolean {
  const { name, message } = asError(error);
  // A replica or a server that is loading answers, but cannot take the job.
  if (/^(LOADING|READONLY|MASTERDOWN|OOM)\b/.test(message)) return false;
  return name === 'ReplyError' || name === 'RangeError' || name === 'TypeError';
}
