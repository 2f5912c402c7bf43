import { expect, it } from 'vitest';
import { Stopwatch } from '../../cache/index.ts';

it('parts of a stretch of time add up to the whole', () => {
  let now = 100;
  const watch = new Stopwatch<'load' | 'compute' | 'idle'>(() => now);
  for (const [ms, part] of [
    [5, 'load'],
    [7, 'compute'],
    [11, 'load'],
  ] as const) {
    now += ms;
    watch.lap(part);
  }
  expect([watch.of('load'), watch.of('compute'), watch.of('idle'), watch.total]).toEqual([
    16, 7, 0, 23,
  ]);
});
