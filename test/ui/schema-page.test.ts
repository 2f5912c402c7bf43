/** The schema page in a real browser, over the real server: types and relations one by one, and a file. */
import { existsSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WorkspaceSchema } from '../../api/contract/index.ts';
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

const SHIPS = {
  entity_types: [{ label: 'Ship', aliases: ['vessel', 'boat'] }, { label: 'Yard' }],
  relations: [{ label: 'built', domain: ['Yard'], range: ['Ship'] }],
};

describe.skipIf(missing.length > 0)('the schema page', () => {
  let server: TestServer;
  let browser: Browser;
  let page: Page;
  let api: ApiClient;
  let workspace: string;

  beforeAll(async () => {
    server = await startServer({});
    api = new ApiClient(server.url);
    workspace = (await api.createWorkspace('Yards')).id;
    await api.ingest(workspace, 'one.txt', 'Archer Yards built the Petrel in 1902.');
    const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];
    browser = await chromium.launch({ executablePath: chromiumPath, args });
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.setDefaultTimeout(20_000);
  }, 240_000);

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  const path = () => `/v1/workspaces/${workspace}/schema`;
  const stored = async () => (await api.json('GET', path())).body as WorkspaceSchema;
  /** The page anew, over this schema, whatever a test before (or a try before this one) left. */
  async function open(schema?: object): Promise<void> {
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await (schema ? api.json('PUT', path(), schema) : api.json('DELETE', path()));
    await api.waitForJobs(workspace);
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.goto(`${server.url}/w/${workspace}/graph`);
    await page.getByRole('link', { name: 'Schema' }).click();
    await (schema ? change('Ship') : page.getByText('This workspace has no schema')).waitFor();
  }
  /** From now on the page learns of the schema by its own changes alone. */
  const holdReads = () =>
    page.route('**/schema', (route) =>
      route.request().method() === 'GET' ? undefined : route.continue(),
    );
  const dialog = () => page.getByRole('dialog');
  const change = (name: string) => page.getByRole('button', { name: `Change ${name}` });
  const save = async () => {
    await dialog().getByRole('button', { name: 'Save' }).click();
    await dialog().waitFor({ state: 'detached' });
  };

  async function addType(name: string, aliases = ''): Promise<void> {
    await page.getByRole('button', { name: 'Add a type' }).click();
    await dialog().getByLabel('Name', { exact: true }).fill(name);
    await dialog().getByLabel('Also called').fill(aliases);
    await save();
    await change(name).waitFor();
  }

  test('adds types and a relation between them', async () => {
    await open();
    await addType('Ship', 'vessel, boat');
    await addType('Yard');
    await page.getByRole('button', { name: 'Add a relation' }).click();
    await dialog().getByLabel('Name', { exact: true }).fill('built');
    const from = dialog().getByRole('group', { name: 'From' });
    await from.getByRole('checkbox', { name: 'Yard' }).check();
    const to = dialog().getByRole('group', { name: 'To' });
    await to.getByRole('checkbox', { name: 'Ship' }).check();
    expect(await page.evaluate(namelessControls)).toEqual([]);
    expect(await page.evaluate(lowContrast)).toEqual([]);
    await save();
    await page.getByRole('row', { name: /Yard.*built.*Ship/u }).waitFor();
    await page.getByText('1 document stated in it.').waitFor();
    const { entity_types: types, relations } = await stored();
    expect(types.map(({ label, aliases }) => [label, aliases])).toEqual([
      ['Ship', ['vessel', 'boat']],
      ['Yard', []],
    ]);
    expect(relations).toMatchObject([
      { label: 'built', domain: ['Yard'], range: ['Ship'], functional: false },
    ]);
  });

  test('renames a type and makes a relation functional; the keyboard is enough', async () => {
    await open(SHIPS);
    await change('Ship').press('Enter');
    await dialog().getByLabel('Name', { exact: true }).fill('Vessel');
    await dialog().getByLabel('Name', { exact: true }).press('Enter');
    await dialog().waitFor({ state: 'detached' });
    await page.getByRole('row', { name: /Yard.*built.*Vessel/u }).waitFor();
    await change('built').click();
    await dialog()
      .getByRole('checkbox', { name: /One at a time/u })
      .check();
    await save();
    await page.getByText('one at a time').waitFor();
    const { relations } = await stored();
    expect(relations).toMatchObject([{ range: ['Ship'], functional: true }]);
  });

  test('says what is wrong with a name that is there already, and keeps the form', async () => {
    await open(SHIPS);
    await page.getByRole('button', { name: 'Add a type' }).click();
    await dialog().getByLabel('Name', { exact: true }).fill('Yard');
    await dialog().getByRole('button', { name: 'Save' }).click();
    await dialog().getByRole('alert').waitFor();
    await dialog().getByRole('button', { name: 'Cancel' }).click();
    expect((await stored()).entity_types).toHaveLength(2);
  });

  test('keeps a change where the next one follows before the page has read it back', async () => {
    await open(SHIPS);
    await holdReads();
    await addType('Port');
    await addType('Sea');
    expect((await stored()).entity_types.map(({ label }) => label)).toEqual([
      'Ship',
      'Yard',
      'Port',
      'Sea',
    ]);
  });

  test('does not overwrite what somebody else has changed meanwhile, and says so', async () => {
    await open(SHIPS);
    await holdReads();
    await api.json('PUT', path(), { relations: [{ label: 'sailed to' }] });
    await page.getByRole('button', { name: 'Add a type' }).click();
    await dialog().getByLabel('Name', { exact: true }).fill('Port');
    await dialog().getByRole('button', { name: 'Save' }).click();
    await dialog()
      .getByText(/was changed meanwhile/u)
      .waitFor();
    expect(await stored()).toMatchObject({
      entity_types: [],
      relations: [{ label: 'sailed to' }],
    });
  });

  test('removes a type, and with it what relations asked for', async () => {
    await open(SHIPS);
    await change('Yard').click();
    await dialog().getByRole('button', { name: 'Remove' }).click();
    await dialog().waitFor({ state: 'detached' });
    await page.getByRole('row', { name: /anything.*built.*Ship/u }).waitFor();
    expect((await stored()).relations).toMatchObject([{ domain: [], range: ['Ship'] }]);
  });

  test('takes a file, says where one is broken, and removes the whole schema', async () => {
    await open(SHIPS);
    const file = page.getByLabel('Ontology file');
    await file.setInputFiles({
      name: 'broken.json',
      mimeType: 'application/json',
      buffer: Buffer.from('{"relations": ['),
    });
    await page.getByRole('alert').waitFor();
    expect((await stored()).entity_types.map(({ label }) => label)).toEqual(['Ship', 'Yard']);
    await file.setInputFiles({
      name: 'yards.json',
      mimeType: 'application/json',
      buffer: Buffer.from('{"relations": [{"label": "sailed to"}]}'),
    });
    await change('sailed to').waitFor();
    const section = page.getByRole('region', { name: 'Change the schema' });
    await section.getByRole('button', { name: 'Remove' }).click();
    await dialog().getByRole('button', { name: 'Remove' }).click();
    await page.getByText('This workspace has no schema').waitFor();
    expect(await stored()).toMatchObject({ revision: 0, entity_types: [], relations: [] });
  });

  test('fits a phone', async () => {
    await open();
    await page.setViewportSize({ width: 390, height: 844 });
    await addType('Ship');
    const wider = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    expect(await page.evaluate(wider)).toBeLessThanOrEqual(0);
    await change('Ship').click();
    const box = await dialog().boundingBox();
    expect(box!.x).toBeGreaterThanOrEqual(0);
    expect(box!.x + box!.width).toBeLessThanOrEqual(390);
  });
});
