import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { loadingBar } from '../../cli/commands/models/loading-bar.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('keeps nothing running where loading fails halfway', () => {
  const terminal = Object.assign(new PassThrough(), { isTTY: true });
  const bar = loadingBar(false, terminal);
  bar.onProgress({ stage: 'compile', done: 1, total: 5 });
  expect(vi.getTimerCount()).toBeGreaterThan(0);
  bar.stop();
  expect(vi.getTimerCount()).toBe(0);
  bar.stop();
});
