import { expect, it } from 'vitest';
import { CancelledError, PRIORITY, Scheduler } from '../../../engine/index.ts';
import { decoderLoader } from '../support/fixtures.ts';

const load = decoderLoader();

/** A thread under a clock that moves by what each slice says it takes. */
function thread() {
  let now = 0;
  const turns = new Scheduler({ runner: load('llama-gqa'), now: () => now });
  const log: string[] = [];
  const take = (kind: keyof typeof PRIORITY, ms: number, isCancelled?: () => boolean) =>
    turns.take(
      PRIORITY[kind],
      () => {
        now += ms;
        log.push(kind);
      },
      isCancelled,
    );
  return { turns, take, log, time: () => now };
}

it('the most urgent slice goes first, equals in the order they came', async () => {
  const { turns } = thread();
  const order: string[] = [];
  const slices = [
    [PRIORITY.ingest, 'ingest'],
    [PRIORITY.query, 'query'],
    [PRIORITY.answer, 'first answer'],
    [PRIORITY.answer, 'second answer'],
  ] as const;
  await Promise.all(slices.map(([priority, name]) => turns.take(priority, () => order.push(name))));
  expect(order).toEqual(['first answer', 'second answer', 'query', 'ingest']);
});

it('what a slice returns or throws reaches its caller, and the next one still runs', async () => {
  const { turns } = thread();
  const failing = turns.take(PRIORITY.answer, () => {
    throw new Error('broken');
  });
  await expect(failing).rejects.toThrow('broken');
  await expect(turns.take(PRIORITY.answer, () => 42)).resolves.toBe(42);
});

it('a steady load of answers leaves ingest about a tenth of the thread', async () => {
  const { take, log, time } = thread();
  const running = { value: true };
  const spent = { ingest: 0 };
  const answers = async (): Promise<void> => {
    while (running.value) await take('answer', 10);
  };
  const ingest = async (): Promise<void> => {
    while (running.value) {
      await take('ingest', 100);
      spent.ingest += 100;
    }
  };
  const all = [answers(), answers(), ingest(), ingest(), ingest()];
  while (time() < 60_000) await new Promise((resolve) => setImmediate(resolve));
  running.value = false;
  await Promise.all(all);
  expect(spent.ingest / time()).toBeGreaterThan(0.07);
  expect(spent.ingest / time()).toBeLessThan(0.13);
  expect(log.filter((kind) => kind === 'answer').length).toBeGreaterThan(5000);
});

it('a slice whose caller gave up does not run, and its caller hears at once', async () => {
  const { take, log } = thread();
  const busy = Array.from({ length: 5 }, () => take('answer', 10));
  const given = take('ingest', 10, () => true).catch((error: unknown) => {
    expect(error).toBeInstanceOf(CancelledError);
    log.push('given up');
  });
  await Promise.all([...busy, given]);
  // Before the first unit ends: the rest is told to go on before the caller's own code runs.
  expect(log).toEqual(['answer', 'given up', 'answer', 'answer', 'answer', 'answer']);
});

it('between two slices the thread reads its messages', async () => {
  const { turns } = thread();
  const order: string[] = [];
  const slices = Promise.all(
    ['a', 'b', 'c'].map((name) => turns.take(PRIORITY.ingest, () => order.push(name))),
  );
  setImmediate(() => order.push('message'));
  await slices;
  expect(order.indexOf('message')).toBeLessThan(2);
});
