import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { beginRun, handIn, temporaryHome, testStores } from './fixtures.ts';

const WRITER = fileURLToPath(new URL('writer-process.ts', import.meta.url));

function writer(
  home: string,
  workspaceId: string,
  name: string,
  documents: number,
): Promise<unknown> {
  return promisify(execFile)(process.execPath, [
    '--import',
    'tsx',
    WRITER,
    home,
    workspaceId,
    name,
    String(documents),
  ]);
}

it('three processes write to one home at a time, and nothing is lost, doubled or refused', async () => {
  const home = temporaryHome();
  const stores = testStores(home);
  const ws = stores.corpus.createWorkspace({ name: 'W' }).id;
  const others = Promise.all([writer(home, ws, 'one', 12), writer(home, ws, 'two', 12)]);
  const { document } = handIn(stores.corpus, ws, 'mine', 'mine');
  let updates = 0;
  const timer = setInterval(() => {
    const { job, runToken } = beginRun(stores.corpus, ws, document.id);
    stores.corpus.finishJob(job.id, runToken, 'succeeded');
    updates++;
  }, 2);
  await others.finally(() => clearInterval(timer));
  expect(updates).toBeGreaterThan(5);
  expect(stores.corpus.counts(ws)).toMatchObject({ documents: 19, chunks: 36 });
  expect(await stores.lexical.search(ws, 'shared', { limit: 100 })).toHaveLength(18);
  expect(await stores.vectors.search(ws, new Float32Array(8).fill(1), { limit: 100 })).toHaveLength(
    36,
  );
  expect(stores.corpus.check()).toEqual([]);
});
