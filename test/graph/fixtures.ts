/** Homes and stores that go away after each test. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { openStores } from '../../graph/index.ts';
import type { Stores, StoresOptions } from '../../graph/index.ts';

export * from './ingesting.ts';

/** A folder that is gone after the test. */
export function temporaryHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'graphblend-graph-'));
  folders.push(home);
  return home;
}

const folders: string[] = [];
const opened: Stores[] = [];

/** Stores that are closed after the test. */
export function testStores(home = temporaryHome(), options: Partial<StoresOptions> = {}): Stores {
  const stores = openStores({ home, ...options });
  opened.push(stores);
  return stores;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((stores) => stores.close()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
