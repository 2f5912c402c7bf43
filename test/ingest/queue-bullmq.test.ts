import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { Redis } from 'ioredis';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { bullmqQueue, QueueUnavailableError, type JobQueue } from '../../ingest/queue/index.ts';
import { LEASE_MS, type QueueAddress } from './queue-open.ts';
import { queueContract } from './queue.contract.ts';

const url = process.env.GRAPHBLEND_TEST_REDIS_URL ?? '';
const missing = url === '';
const run = `test-${randomUUID().slice(0, 8)}`;
let count = 0;
const freshAddress = (): QueueAddress => ({ kind: 'bullmq', url, prefix: `${run}-${count++}` });

afterAll(async () => {
  if (missing) return;
  const redis = new Redis(url);
  const keys = await redis.keys(`${run}-*`);
  if (keys.length > 0) await redis.del(...keys);
  await redis.quit();
});

describe.skipIf(missing)(
  'the BullMQ queue (needs GRAPHBLEND_TEST_REDIS_URL: run `npm run servers`)',
  () => {
    queueContract(freshAddress);
  },
);

/** A TCP relay in front of Redis that can be cut and mended, as a network is. */
async function relay() {
  const { hostname, port } = new URL(url);
  const net = await import('node:net');
  const sockets = new Set<Socket>();
  let cut = false;
  const server = createServer((client) => {
    if (cut) return client.destroy();
    const upstream = net.connect(Number(port || 6379), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        client.destroy();
        upstream.destroy();
      });
    }
    client.pipe(upstream).pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  return {
    url: `redis://127.0.0.1:${address.port}/0`,
    cut(): void {
      cut = true;
      for (const socket of sockets) socket.destroy();
      sockets.clear();
    },
    /** Accepts no bytes and closes nothing: half-open. */
    freeze(): void {
      for (const socket of sockets) socket.unpipe().pause();
    },
    mend: (): void => void (cut = false),
    close: (): void => void server.close(),
  };
}

describe.skipIf(missing)('the BullMQ queue without Redis', () => {
  const opened: { close(): unknown }[] = [];
  const keep = <T extends { close(): unknown }>(one: T): T => (opened.push(one), one);
  const onError = (): void => {};

  afterEach(async () => {
    for (const one of opened.splice(0).toReversed()) await one.close();
  });

  const openAt = (address: string, prefix: string): JobQueue =>
    keep(bullmqQueue({ url: address, prefix, lockMs: LEASE_MS, callTimeoutMs: 1_000, onError }));

  test('calls fail soon with QueueUnavailableError, which names the address but not the password', async () => {
    const queue = openAt('redis://user:secret@127.0.0.1:1/0', 'nowhere');
    const failure = await queue.enqueue('a').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(QueueUnavailableError);
    expect(failure).toMatchObject({ code: 'queue_unavailable', address: 'redis://127.0.0.1:1/0' });
    expect(String(failure)).not.toContain('secret');
    await expect(queue.counts()).rejects.toThrow(QueueUnavailableError);
  });

  test('a worker waits for Redis without crashing and can be closed meanwhile', async () => {
    const queue = openAt('redis://127.0.0.1:1/0', 'nowhere');
    const worker = queue.work(async () => {}, { concurrency: 1 });
    await new Promise((resolve) => setTimeout(resolve, 300));
    await worker.close();
  });

  test('a connection that is cut and mended loses no job', async () => {
    const network = keep(await relay());
    const prefix = `${run}-cut`;
    const queue = openAt(network.url, prefix);
    const ran: string[] = [];
    queue.work(async ({ jobId }) => void ran.push(jobId), { concurrency: 1 });
    await queue.enqueue('before');
    await vi.waitFor(() => expect(ran).toEqual(['before']), 5_000);
    network.cut();
    await expect(queue.enqueue('meanwhile')).rejects.toThrow(QueueUnavailableError);
    network.mend();
    await queue.enqueue('after').catch(() => queue.enqueue('after'));
    await vi.waitFor(() => expect(ran).toContain('after'), 10_000);
  });

  test('a connection that answers nothing makes calls fail soon and aborts handlers that cannot renew', async () => {
    const network = keep(await relay());
    const queue = openAt(network.url, `${run}-frozen`);
    let signal: AbortSignal | undefined;
    await queue.enqueue('a');
    queue.work(
      async (delivery) => {
        signal = delivery.signal;
        await new Promise((resolve) => delivery.signal.addEventListener('abort', resolve));
      },
      { concurrency: 1 },
    );
    await vi.waitFor(() => expect(signal).toBeDefined(), 5_000);
    network.freeze();
    await expect(queue.enqueue('b')).rejects.toThrow(QueueUnavailableError);
    await vi.waitFor(() => expect(signal?.aborted).toBe(true), 3 * LEASE_MS);
    network.cut();
  });
});
