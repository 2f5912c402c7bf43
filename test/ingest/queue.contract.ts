/** What every JobQueue promises, run on each adapter against its real store. */

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { RetryableError, type Delivery, type JobQueue } from '../../ingest/queue/index.ts';
import {
  BACKOFF_MS,
  LEASE_MS,
  MAX_ATTEMPTS,
  openForTest,
  type QueueAddress,
} from './queue-open.ts';

const CHILD = fileURLToPath(new URL('queue-child.ts', import.meta.url));
const ONE = { concurrency: 1 };

/** A promise and the function that fulfils it: holds a handler until the test lets it go. */
function gate(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

const aborted = (signal: AbortSignal): Promise<void> =>
  signal.aborted
    ? Promise.resolve()
    : new Promise((resolve) => signal.addEventListener('abort', () => resolve()));

/** @param freshAddress gives an empty store at every call. */
export function queueContract(freshAddress: () => QueueAddress): void {
  let address: QueueAddress;
  let queue: JobQueue;
  const opened: JobQueue[] = [];
  const children: ChildProcess[] = [];

  /** One more handle on the same store, as another process would have. */
  const openAnother = (): JobQueue => {
    const another = openForTest(address);
    opened.push(another);
    return another;
  };

  const eventually = (check: () => void | Promise<void>): Promise<void> =>
    vi.waitFor(check, { timeout: 8_000, interval: 20 });

  const isEmpty = async (): Promise<void> =>
    expect(await queue.counts()).toEqual({ waiting: 0, active: 0, delayed: 0 });

  beforeEach(() => {
    address = freshAddress();
    queue = openAnother();
  });

  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await Promise.all(opened.splice(0).map((one) => one.close()));
  });

  describe('order', () => {
    test('jobs of equal priority run in the order of arrival', async () => {
      const ran: string[] = [];
      for (const id of ['a', 'b', 'c', 'd']) await queue.enqueue(id);
      queue.work(async ({ jobId }) => void ran.push(jobId), ONE);
      await eventually(() => expect(ran).toEqual(['a', 'b', 'c', 'd']));
      await eventually(isEmpty);
    });

    test('a lower priority number runs sooner', async () => {
      const ran: string[] = [];
      await queue.enqueue('later', { priority: 20 });
      await queue.enqueue('usual');
      await queue.enqueue('urgent', { priority: 0 });
      queue.work(async ({ jobId }) => void ran.push(jobId), ONE);
      await eventually(() => expect(ran).toEqual(['urgent', 'usual', 'later']));
    });

    test('a priority that is no integer from 0 up is refused', async () => {
      await expect(queue.enqueue('a', { priority: -1 })).rejects.toThrow(RangeError);
      await expect(queue.enqueue('a', { priority: 1.5 })).rejects.toThrow(RangeError);
      await isEmpty();
    });

    test('position counts the waiting jobs ahead and is undefined for others', async () => {
      for (const id of ['a', 'b']) await queue.enqueue(id);
      await queue.enqueue('urgent', { priority: 1 });
      expect(await queue.position('urgent')).toBe(0);
      expect(await queue.position('a')).toBe(1);
      expect(await queue.position('b')).toBe(2);
      expect(await queue.position('unknown')).toBeUndefined();
    });

    test('counts tell waiting from active jobs, and a running job has no position', async () => {
      const hold = gate();
      for (const id of ['a', 'b', 'c']) await queue.enqueue(id);
      queue.work(() => hold.opened, ONE);
      await eventually(async () =>
        expect(await queue.counts()).toEqual({ waiting: 2, active: 1, delayed: 0 }),
      );
      expect(await queue.position('a')).toBeUndefined();
      expect(await queue.position('c')).toBe(1);
      hold.open();
    });

    test('as many jobs run at once as the concurrency allows, and no more', async () => {
      const hold = gate();
      let running = 0;
      for (const id of ['a', 'b', 'c', 'd', 'e']) await queue.enqueue(id);
      queue.work(() => (running++, hold.opened), { concurrency: 3 });
      await eventually(() => expect(running).toBe(3));
      await sleep(150);
      expect(running).toBe(3);
      hold.open();
      await eventually(isEmpty);
    });
  });

  describe('enqueue and remove', () => {
    test('an id that waits or runs already is not added twice', async () => {
      const hold = gate();
      let runs = 0;
      await queue.enqueue('a');
      await queue.enqueue('a');
      expect(await queue.counts()).toMatchObject({ waiting: 1 });
      queue.work(() => (runs++, hold.opened), { concurrency: 2 });
      await eventually(() => expect(runs).toBe(1));
      await queue.enqueue('a');
      await sleep(150);
      expect(runs).toBe(1);
      hold.open();
      await eventually(isEmpty);
      expect(runs).toBe(1);
    });

    test('a finished id can be added again, whether it went well or not', async () => {
      const ran: string[] = [];
      queue.work(async ({ jobId }) => {
        ran.push(jobId);
        if (jobId === 'bad') throw new Error('broken');
      }, ONE);
      for (const id of ['good', 'bad', 'good', 'bad']) {
        const before = ran.length;
        await queue.enqueue(id);
        await eventually(() => expect(ran.length).toBe(before + 1));
        await eventually(isEmpty);
      }
    });

    test.each(['with:colons', '42', 'ünï cödé/…', 'a'.repeat(200)])(
      'the id %s comes back unchanged',
      async (id) => {
        const ran: string[] = [];
        await queue.enqueue(id);
        expect(await queue.position(id)).toBe(0);
        queue.work(async ({ jobId }) => void ran.push(jobId), ONE);
        await eventually(() => expect(ran).toEqual([id]));
      },
    );

    test('a waiting job can be removed and then never runs', async () => {
      const ran: string[] = [];
      for (const id of ['a', 'b']) await queue.enqueue(id);
      expect(await queue.remove('a')).toBe(true);
      expect(await queue.remove('a')).toBe(false);
      queue.work(async ({ jobId }) => void ran.push(jobId), ONE);
      await eventually(() => expect(ran).toEqual(['b']));
      await eventually(isEmpty);
    });

    test('a running or unknown job is not removed', async () => {
      const hold = gate();
      let running = false;
      await queue.enqueue('a');
      queue.work(() => ((running = true), hold.opened), ONE);
      await eventually(() => expect(running).toBe(true));
      expect(await queue.remove('a')).toBe(false);
      expect(await queue.remove('unknown')).toBe(false);
      hold.open();
    });
  });

  describe('failure', () => {
    test('a retryable failure is tried again after a growing wait and then given up', async () => {
      const startedMs: number[] = [];
      const attempts: number[] = [];
      await queue.enqueue('a');
      queue.work(async ({ attempt }) => {
        startedMs.push(performance.now());
        attempts.push(attempt);
        throw new RetryableError('not yet');
      }, ONE);
      await eventually(async () => expect(await queue.counts()).toMatchObject({ delayed: 1 }));
      expect(await queue.position('a')).toBeUndefined();
      await eventually(() => expect(attempts).toEqual([1, 2, 3]));
      await eventually(isEmpty);
      expect(attempts.length).toBe(MAX_ATTEMPTS);
      const [first = 0, second = 0, third = 0] = startedMs;
      expect(second - first).toBeGreaterThanOrEqual(BACKOFF_MS - 5);
      expect(third - second).toBeGreaterThanOrEqual(2 * BACKOFF_MS - 5);
    });

    test('a failure that may be repeated without limit outlasts the attempts', async () => {
      const failures: number[] = [];
      queue.work(async (delivery) => {
        failures.push(delivery.failures);
        if (failures.length <= MAX_ATTEMPTS) throw new RetryableError('x', { unlimited: true });
      }, ONE);
      await queue.enqueue('a');
      await eventually(() => expect(failures).toEqual([0, 1, 2, 3]));
      await eventually(isEmpty);
    });

    test('other jobs run while one waits for its next attempt', async () => {
      const ran: string[] = [];
      for (const id of ['a', 'b']) await queue.enqueue(id);
      queue.work(async ({ jobId, attempt }) => {
        ran.push(`${jobId}${attempt}`);
        if (jobId === 'a' && attempt === 1) throw new RetryableError('not yet');
      }, ONE);
      await eventually(() => expect(ran).toEqual(['a1', 'b1', 'a2']));
    });

    test('any other failure ends the delivery for good', async () => {
      let runs = 0;
      await queue.enqueue('a');
      queue.work(() => {
        runs++;
        throw new TypeError('broken for good');
      }, ONE);
      await eventually(() => expect(runs).toBe(1));
      await eventually(isEmpty);
      await sleep(3 * BACKOFF_MS);
      expect(runs).toBe(1);
    });
  });

  describe('several workers', () => {
    test('two workers share the jobs and never run one at the same time or twice', async () => {
      const ids = Array.from({ length: 40 }, (_, i) => `job-${i}`);
      const runs = new Map<string, number>();
      const run = async ({ jobId }: Delivery): Promise<void> => {
        runs.set(jobId, (runs.get(jobId) ?? 0) + 1);
        await sleep(5);
      };
      for (const id of ids) await queue.enqueue(id);
      queue.work(run, { concurrency: 2 });
      openAnother().work(run, { concurrency: 2 });
      await eventually(isEmpty);
      expect([...runs.keys()].toSorted()).toEqual(ids.toSorted());
      expect([...runs.values()].every((count) => count === 1)).toBe(true);
    });

    test('a handler that runs much longer than a lease keeps its job', async () => {
      let runs = 0;
      const run = async ({ signal }: Delivery): Promise<void> => {
        runs++;
        await sleep(3 * LEASE_MS);
        expect(signal.aborted).toBe(false);
      };
      await queue.enqueue('long');
      queue.work(run, ONE);
      openAnother().work(run, ONE);
      await eventually(() => expect(runs).toBe(1));
      await eventually(isEmpty);
      expect(runs).toBe(1);
    });
  });

  describe('stopping', () => {
    test('closing a worker aborts its handler, waits for it, and another worker gets the job', async () => {
      const events: string[] = [];
      await queue.enqueue('a');
      const worker = queue.work(async ({ signal }) => {
        events.push('started');
        await aborted(signal);
        await sleep(50);
        events.push('stopped');
        signal.throwIfAborted();
      }, ONE);
      await eventually(() => expect(events).toEqual(['started']));
      await worker.close();
      expect(events).toEqual(['started', 'stopped']);
      const attempts: number[] = [];
      openAnother().work(async ({ attempt }) => void attempts.push(attempt), ONE);
      await eventually(() => expect(attempts).toEqual([2]));
      await eventually(isEmpty);
    });

    test('being stopped more often than attempts are allowed does not use them up', async () => {
      await queue.enqueue('a');
      for (let stop = 0; stop < MAX_ATTEMPTS + 2; stop++) {
        const started = gate();
        const worker = queue.work(async ({ signal }) => {
          started.open();
          await aborted(signal);
          signal.throwIfAborted();
        }, ONE);
        await started.opened;
        await worker.close();
      }
      expect(await queue.counts()).toEqual({ waiting: 1, active: 0, delayed: 0 });
    });

    test('a closed worker takes no further jobs', async () => {
      const ran: string[] = [];
      const worker = queue.work(async ({ jobId }) => void ran.push(jobId), ONE);
      await worker.close();
      await queue.enqueue('a');
      await sleep(200);
      expect(ran).toEqual([]);
      expect(await queue.position('a')).toBe(0);
    });

    test('waiting jobs outlive the queue that took them in', async () => {
      await queue.enqueue('a');
      await queue.close();
      queue = openAnother();
      expect(await queue.counts()).toEqual({ waiting: 1, active: 0, delayed: 0 });
    });

    test('closing a queue twice is harmless', async () => {
      await queue.close();
      await queue.close();
    });
  });

  describe('a killed process', () => {
    const startChild = async (): Promise<ChildProcess> => {
      const child = spawn(process.execPath, ['--import', 'tsx', CHILD, JSON.stringify(address)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      children.push(child);
      await once(child.stdout, 'data');
      return child;
    };

    test('loses its job to another worker, time after time', async () => {
      await queue.enqueue('a');
      for (let kill = 0; kill < 2; kill++) {
        const child = await startChild();
        expect(await queue.counts()).toMatchObject({ active: 1 });
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
      const attempts: number[] = [];
      queue.work(async ({ attempt }) => void attempts.push(attempt), ONE);
      await eventually(() => expect(attempts).toEqual([3]));
      await eventually(isEmpty);
    });

    test('that is only suspended may not end the job once another worker has it', async () => {
      await queue.enqueue('a');
      const child = await startChild();
      child.kill('SIGSTOP');
      const hold = gate();
      const attempts: number[] = [];
      queue.work(async ({ attempt, signal }) => {
        attempts.push(attempt);
        await Promise.race([hold.opened, aborted(signal)]);
        signal.throwIfAborted();
      }, ONE);
      await eventually(() => expect(attempts).toEqual([2]));
      child.kill('SIGCONT');
      await sleep(LEASE_MS);
      expect(await queue.counts()).toMatchObject({ active: 1 });
      hold.open();
      await eventually(isEmpty);
      expect(attempts).toEqual([2]);
    });
  });
}
