/** Chunks stored behind others, over REST: recorded, kept across a restart, gone with the document. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ApiClient } from '../support/client.ts';
import { startServer } from '../support/server.ts';

const SAMPLE = join(import.meta.dirname, '../../ingest/sample/files');
const home = mkdtempSync(join(tmpdir(), 'graphblend-variants-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

test('pairs of passages that come back are stored together, until a document of them is deleted', async () => {
  const env = { GRAPHBLEND_KV_VARIANTS: '1' };
  const stored = (): number =>
    (readdirSync(join(home, 'kv'), { recursive: true }) as string[]).filter((name) =>
      name.endsWith('.kv'),
    ).length;
  const first = await startServer({ home, env });
  const api = new ApiClient(first.url);
  const { id } = await api.createWorkspace('Polar');
  const path = `/v1/workspaces/${id}`;
  for (const name of ['fram.md', 'colin-archer.md', 'gjoa.txt']) {
    await api.upload(id, name, readFileSync(join(SAMPLE, name)));
  }
  await api.waitForJobs(id);
  const plain = stored();
  for (let i = 0; i < 2; i++) {
    await api.json('POST', `${path}/answers`, {
      question: 'Where was the builder of the Fram born?',
    });
  }
  const value = async (name: string): Promise<number> => {
    const text = (await api.send('/metrics')).body as string;
    return Number(new RegExp(`^graphblend_${name} (\\S+)$`, 'm').exec(text)?.[1]);
  };
  await expect.poll(() => value('kv_variants_tried'), { timeout: 20_000 }).toBeGreaterThan(0);
  const made = await value('kv_variants_stored');
  expect(stored()).toBe(plain + made);
  if (made > 0) {
    await api.json('POST', `${path}/answers`, {
      question: 'Where was the builder of the Fram born?',
    });
    expect(await value('kv_variants_used')).toBeGreaterThan(0);
  }
  await first.stop();

  const second = await startServer({ home, env });
  const again = new ApiClient(second.url);
  expect(stored()).toBe(plain + made); // what no record names would have been taken for a stray
  const { body } = await again.json('GET', `${path}/documents`);
  for (const document of (body as { data: { id: string }[] }).data) {
    await again.json('DELETE', `${path}/documents/${document.id}`);
  }
  await again.waitForJobs(id);
  expect(stored()).toBe(0);
  await second.stop();
});
