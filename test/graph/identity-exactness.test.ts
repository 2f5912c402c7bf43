import { afterAll } from 'vitest';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBareStores } from './bare-stores.ts';
import type { OpenedBare } from './bare-stores.ts';
import { identityExactnessContract } from './identity-exactness.contract.ts';

const home = mkdtempSync(join(tmpdir(), 'graphblend-identity-'));
let opened: OpenedBare | undefined;

identityExactnessContract('SQLite', async () => (opened ??= openBareStores(home)), 100);

afterAll(() => {
  opened?.close();
  rmSync(home, { recursive: true, force: true });
});
