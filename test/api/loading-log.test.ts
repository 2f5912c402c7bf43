import { describe, expect, it } from 'vitest';
import { loadingLog } from '../../api/loading-log.ts';
import type { EngineLoading } from '../../cache/index.ts';

/** What is logged of steps that come one a second. */
function logged(stages: readonly EngineLoading['stage'][]): [string, number][] {
  const lines: [string, number][] = [];
  let seconds = 0;
  const log = { info: (loading: EngineLoading) => void lines.push([loading.stage, loading.done]) };
  const tell = loadingLog(log as never, () => seconds * 1000);
  for (const stage of stages) {
    tell({ model: 'm', stage, done: seconds, total: stages.length });
    seconds += 1;
  }
  return lines;
}

describe('the log of loading', () => {
  it('has the beginning of each stage that is needed once, and a line every five seconds', () => {
    const stages = Array.from({ length: 14 }, (_, i) => (i < 12 ? 'calibrate' : 'compile'));
    expect(logged(stages as EngineLoading['stage'][])).toEqual([
      ['calibrate', 0],
      ['calibrate', 5],
      ['calibrate', 10],
      ['compile', 12],
    ]);
  });

  it('speaks of opening only when it takes long', () => {
    expect(logged(Array<'open'>(4).fill('open'))).toEqual([]);
    expect(logged(Array<'open'>(7).fill('open'))).toEqual([['open', 5]]);
  });
});
