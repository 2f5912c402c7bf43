import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { threadCount } from '../../cache/thread-count.ts';
import { temporaryFolder } from './kv-fixtures.ts';

const folder = temporaryFolder();

function ofWidth(hiddenSize: unknown): string {
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ hidden_size: hiddenSize }));
  return folder;
}

it('a narrow model runs on one thread, a wide one on as many as there are', () => {
  expect(threadCount(ofWidth(256), 4)).toBe(1);
  expect(threadCount(ofWidth(896), 4)).toBe(4);
  expect(threadCount(ofWidth(896), 1)).toBe(1);
});

it('a folder that cannot be read is left for the loader to complain about', () => {
  expect(threadCount(ofWidth('wide'), 4)).toBe(4);
  expect(threadCount(join(folder, 'missing'), 4)).toBe(4);
});
