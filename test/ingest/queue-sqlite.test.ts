import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { sqliteQueue, type JobQueue, type QueueClock } from '../../ingest/queue/index.ts';
import { LEASE_MS, openForTest, type QueueAddress } from './queue-open.ts';
import { queueContract } from './queue.contract.ts';

const folder = mkdtempSync(join(tmpdir(), 'graphblend-queue-'));
let count = 0;
const freshAddress = (): QueueAddress => ({
  kind: 'sqlite',
  path: join(folder, `${count++}`, 'queue.db'),
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the SQLite queue', () => {
  queueContract(freshAddress);
});

describe('the SQLite queue by itself', () => {
  const opened: JobQueue[] = [];
  const keep = (queue: JobQueue): JobQueue => (opened.push(queue), queue);

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((queue) => queue.close()));
  });

  /** A wall clock that can be set to anything while the monotonic one goes on. */
  const jumpingClock = (): QueueClock & { jumpMs: number } => ({
    jumpMs: 0,
    wallMs() {
      return Date.now() + this.jumpMs;
    },
    monotonicMs: () => performance.now(),
  });

  test.each([3_600_000, -3_600_000])(
    'a wall clock that jumps by %i ms starts no second run',
    async (jumpMs) => {
      const address = freshAddress();
      const clock = jumpingClock();
      const queue = keep(openForTest(address, { clock }));
      const other = keep(openForTest(address, { clock }));
      let runs = 0;
      const run = async (): Promise<void> => {
        runs++;
        clock.jumpMs = jumpMs;
        await sleep(2 * LEASE_MS);
      };
      await queue.enqueue('a');
      queue.work(run, { concurrency: 1 });
      other.work(run, { concurrency: 1 });
      await vi.waitFor(
        async () => expect(await queue.counts()).toEqual({ waiting: 0, active: 0, delayed: 0 }),
        6_000,
      );
      expect(runs).toBe(1);
    },
  );

  test('the lease of a dead process is taken over at once, long before it runs out', async () => {
    const address = freshAddress();
    const path = address.kind === 'sqlite' ? address.path : '';
    const queue = keep(sqliteQueue({ path, leaseMs: 60_000, pollMs: 50 }));
    await queue.enqueue('a');
    const { spawnSync } = await import('node:child_process');
    const script = `
      const { sqliteQueue } = await import(process.argv[1]);
      sqliteQueue({ path: process.argv[2], leaseMs: 60_000 }).work(
        async () => process.kill(process.pid, 'SIGKILL'), { concurrency: 1 });
    `;
    const adapter = new URL('../../ingest/queue/sqlite.ts', import.meta.url).href;
    const child = spawnSync(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '-e', script, adapter, path],
      { stdio: 'inherit' },
    );
    expect(child.signal).toBe('SIGKILL');
    const attempts: number[] = [];
    queue.work(async ({ attempt }) => void attempts.push(attempt), { concurrency: 1 });
    await vi.waitFor(() => expect(attempts).toEqual([2]), 1_000);
  });

  test('a handler is aborted when another worker has taken its lease, and its end changes nothing', async () => {
    const address = freshAddress();
    const errors: Error[] = [];
    const queue = keep(openForTest(address, { onError: (error) => errors.push(error) }));
    const signals: AbortSignal[] = [];
    await queue.enqueue('a');
    queue.work(
      async ({ signal }) => {
        signals.push(signal);
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      },
      { concurrency: 1 },
    );
    await vi.waitFor(() => expect(signals.length).toBe(1));
    const thief = new Database(address.kind === 'sqlite' ? address.path : '');
    thief.exec(`UPDATE queue_jobs SET token = 'another'`);
    await vi.waitFor(() => expect(signals[0]?.aborted).toBe(true), 2_000);
    await vi.waitFor(() => expect(errors.map(String).join()).toContain('lost the lease'), 2_000);
    expect(thief.prepare('SELECT token FROM queue_jobs').get()).toEqual({ token: 'another' });
    thief.close();
  });

  test('the file is in WAL mode, so that readers do not wait for writers', async () => {
    const address = freshAddress();
    const queue = keep(openForTest(address));
    await queue.enqueue('a');
    const db = new Database(address.kind === 'sqlite' ? address.path : '');
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
    db.close();
  });
});
