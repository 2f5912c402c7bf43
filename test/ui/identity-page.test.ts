/** Merging and undoing in a real browser, over the real server. */
import { existsSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiClient } from '../support/client.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { lowContrast, namelessControls } from './contrast.ts';

const chromiumPath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
const missing = [chromiumPath, 'dist/cli/main.js', 'dist/ui/index.html'].filter(
  (path) => !existsSync(path),
);
if (missing.length > 0) {
  console.warn(
    `The browser tests are skipped: ${missing.join(', ')} not found. Install chromium, run "npm run build".`,
  );
}

describe.skipIf(missing.length > 0)('the page of names', () => {
  let server: TestServer;
  let browser: Browser;
  let page: Page;
  let base: string;

  beforeAll(async () => {
    server = await startServer({});
    const api = new ApiClient(server.url);
    const { id } = await api.createWorkspace('Names');
    const built = (name: string) => `${name} built the Petrel. ${name} built the Kestrel in 1902.`;
    await api.ingest(id, 'one.txt', built('Archer Yards Corporation'));
    await api.ingest(id, 'two.txt', `${built('Archer Yards')} ${built('Archer Yards')}`);
    base = `${server.url}/w/${id}`;
    const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];
    browser = await chromium.launch({ executablePath: chromiumPath, args });
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.setDefaultTimeout(20_000);
  }, 240_000);

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  test('suggests a merge, explains it, makes it and takes it back', async () => {
    await page.goto(`${base}/graph`);
    await page.getByRole('link', { name: 'Names that may mean the same' }).click();
    const card = page.getByRole('article').filter({ hasText: 'Archer Yards Corporation' });
    await card.getByText('What speaks for and against').click();
    expect(await card.textContent()).toContain('legal form');
    expect(await page.evaluate(lowContrast)).toEqual([]);
    expect(await page.evaluate(namelessControls)).toEqual([]);
    await card.getByRole('button', { name: 'Merge', exact: true }).click();
    await page.getByText('Archer Yards Corporation is Archer Yards').waitFor();
    await card.waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Undo' }).click();
    await card.waitFor();
  });

  test('merges the entity that is chosen in the graph', async () => {
    await page.goto(`${base}/graph`);
    const search = page.getByRole('combobox', { name: 'Search entities' });
    await search.fill('Kestrel');
    await page.getByRole('option', { name: 'Kestrel' }).first().waitFor();
    await search.press('Enter');
    await page.getByRole('button', { name: 'Merge…' }).click();
    const into = page.getByRole('combobox', { name: 'Search the entity that it is' });
    await into.fill('Petrel');
    await page.getByRole('option', { name: 'Petrel' }).first().waitFor();
    await into.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Petrel, 2 facts').waitFor();
    await dialog.getByRole('button', { name: 'Merge', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('heading', { name: 'Petrel' }).waitFor();
    expect(await page.getByText('Also: ').textContent()).toContain('Kestrel');
  });

  test('offers to split a name by its documents', async () => {
    await page.getByRole('button', { name: 'Split…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('checkbox').first().check();
    await dialog.getByRole('button', { name: 'Split', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.goto(`${base}/names`);
    await page.getByText(/Petrel stands for Petrel \(1\), Petrel \(2\)/u).waitFor();
  });
});
