/** The web page in a real browser, served by the real server, over real documents. */
import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Answer, PageOf, Workspace } from '../../api/contract/index.ts';
import { startServer } from '../support/server.ts';
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

const answerUrl = /\/ask\/ans_\w+/;

/** Enough sections that reading it takes a moment, with one sentence that answers the question. */
function fieldNotes(): string {
  const sections = Array.from({ length: 24 }, (_, at) => {
    const station = `Station ${at + 1}`;
    return `## ${station}\n\n${station} lies on the northern shelf. The crew measured the salt of the water at ${station} on day ${at + 3}. A buoy at ${station} has recorded the temperature of the sea ever since, and the ice there is ${at + 1} metres thick in winter.`;
  });
  const ship =
    'The Aurora is a research vessel. Ingrid Solberg designed the Aurora in 1987 for the harbour of Tromsø.';
  return `# Field notes\n\n${ship}\n\n${sections.join('\n\n')}\n`;
}

describe.skipIf(missing.length > 0)('the web page', () => {
  let server: Awaited<ReturnType<typeof startServer>>;
  let browser: Browser;
  let problems: string[];

  beforeAll(async () => {
    server = await startServer({ sample: true });
    const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];
    browser = await chromium.launch({ executablePath: chromiumPath, args });
  }, 240_000);

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    expect(problems, 'script errors and refused loads').toEqual([]);
  });

  async function openPage(options: BrowserContextOptions = {}): Promise<Page> {
    problems = [];
    const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, ...options });
    page.setDefaultTimeout(60_000);
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => {
      if (/Content Security Policy|Uncaught/.test(message.text())) problems.push(message.text());
    });
    return page;
  }

  async function get<T>(path: string): Promise<T> {
    const response = await fetch(`${server.url}${path}`);
    expect(response.status).toBe(200);
    return (await response.json()) as T;
  }

  async function sampleWorkspace(): Promise<Workspace> {
    const { data } = await get<PageOf<Workspace>>('/v1/workspaces');
    const sample = data.find((workspace) => workspace.sample_questions.length > 0);
    if (!sample) throw new Error('The sample workspace has no questions.');
    return sample;
  }

  const answerOf = (page: Page) =>
    get<Answer>(`/v1/answers/${new URL(page.url()).pathname.split('/').at(-1)}`);

  async function ask(page: Page, question: string): Promise<void> {
    await page.getByRole('textbox', { name: 'Question' }).fill(question);
    await page.keyboard.press('Enter');
    await page.waitForURL(answerUrl);
  }

  test('a person uploads a document, asks, and follows a citation to the highlighted sentence, also after a reload', async () => {
    const page = await openPage();
    await page.goto(server.url);
    await page.getByRole('button', { name: 'New workspace' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('Field notes');
    await page.getByRole('button', { name: 'Create workspace' }).click();

    const file = {
      name: 'field-notes.md',
      mimeType: 'text/markdown',
      buffer: Buffer.from(fieldNotes()),
    };
    await page.getByLabel('Files to add').setInputFiles(file);
    await page.getByRole('progressbar', { name: 'Progress of field-notes.md' }).waitFor();
    await page
      .getByRole('listitem')
      .filter({ hasText: /field-notes\.md .* \d+ chunks?/ })
      .waitFor({ timeout: 120_000 });
    expect(await page.getByRole('progressbar').count()).toBe(0);

    await page.getByRole('link', { name: 'Ask', exact: true }).click();
    const streamed = page.waitForResponse((response) => response.request().method() === 'POST');
    await ask(page, 'Who designed the Aurora?');
    expect((await streamed).headers()['content-type']).toContain('text/event-stream');
    await page.getByRole('heading', { name: 'Sources' }).waitFor();
    await page.locator('article[aria-busy=false]').waitFor();

    const stored = await answerOf(page);
    const citation = stored.citations[0];
    expect(citation?.text).toContain('Ingrid Solberg designed the Aurora');
    await page.getByRole('button', { name: 'Citation 1: open the source' }).click();
    const source = page.getByRole('complementary', { name: /^Source:/ });
    const marked = source.locator('mark');
    await marked.waitFor();
    expect(await marked.textContent()).toBe(citation?.text);
    expect(await marked.evaluate((mark) => mark.getBoundingClientRect().top)).toBeLessThan(900);
    const shown = await page.getByTestId('answer-text').textContent();

    await page.reload();
    await marked.waitFor();
    expect(await marked.textContent()).toBe(citation?.text);
    expect(await page.getByTestId('answer-text').textContent()).toBe(shown);

    const citedUrl = page.url();
    await source.getByRole('link', { name: 'Open document' }).click();
    await page.getByRole('heading', { level: 1, name: 'Field notes' }).waitFor();
    await page.locator('mark').waitFor();
    expect(await page.locator('mark').textContent()).toBe(citation?.text);

    const trash = page.getByRole('button', { name: 'Delete' });
    await trash.click();
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await expect
      .poll(() => trash.evaluate((button) => button === document.activeElement))
      .toBe(true);

    await trash.click();
    await page.getByRole('button', { name: 'Delete document' }).click();
    await page.getByText('No documents yet').waitFor();
    await page.goto(citedUrl);
    await source.getByText('This document was deleted after the answer was given').waitFor();
    expect(await page.getByRole('button', { name: 'Try again' }).count()).toBe(0);
  }, 240_000);

  test('a follow-up goes on from the answer, and both stand in the conversation', async () => {
    const page = await openPage();
    const { id, sample_questions: questions } = await sampleWorkspace();
    await page.goto(`${server.url}/w/${id}/ask`);
    await ask(page, questions[0]!);
    await page.locator('article[aria-busy=false]').waitFor();
    const first = page.url();
    await page.getByRole('checkbox', { name: /Follow-up/ }).check();
    await page.getByRole('textbox', { name: 'Question' }).fill('And when was it?');
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => answerUrl.test(url.href) && url.href !== first);
    const turns = page.getByRole('navigation', { name: 'Questions of this conversation' });
    await turns.getByRole('link', { name: 'And when was it?' }).waitFor();
    expect(await turns.getByRole('link').count()).toBe(2);
    await page.getByText('Earlier turn, kept').first().waitFor({ state: 'attached' });
    expect((await answerOf(page)).reuse!.kept_tokens).toBeGreaterThan(0);
    expect(await page.evaluate(namelessControls)).toEqual([]);
    await turns.getByRole('link').first().click();
    await page.waitForURL(first);
    await page.getByRole('heading', { level: 1, name: questions[0]! }).waitFor();
  }, 120_000);

  test('an answer is asked for and stopped with the keyboard alone, and the stop is kept', async () => {
    const { id, sample_questions: questions } = await sampleWorkspace();
    const page = await openPage();
    await page.goto(`${server.url}/w/${id}/ask`);
    await page.getByRole('textbox', { name: 'Question' }).waitFor();
    await page.keyboard.press('Shift+Tab'); // away from the question, which has the focus at first

    // Answers asked for before this one keep the engine busy, so that there is time to stop it.
    const busy = new AbortController();
    const { signal } = busy;
    const body = JSON.stringify({ question: questions[0], mode: 'exact', max_tokens: 256 });
    const headers = { 'Content-Type': 'application/json' };
    const path = `${server.url}/v1/workspaces/${id}/answers`;
    for (let count = 0; count < 6; count++) {
      fetch(path, { method: 'POST', headers, body, signal }).catch(() => undefined);
    }
    await page.keyboard.press('/');
    await page.keyboard.type('Which ships reached the Antarctic?');
    await page.keyboard.press('Enter');
    await page.waitForURL(answerUrl);
    await page.getByRole('button', { name: 'Stop' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('Stopped.').waitFor();
    busy.abort();

    await expect.poll(async () => (await answerOf(page)).status).toBe('cancelled');
    await page.reload();
    await page.getByText('Stopped.').waitFor();
    await page.getByRole('button', { name: 'Ask again' }).waitFor();
  }, 120_000);

  test('no page scrolls sideways at 360 px', async () => {
    const { id, sample_questions: questions } = await sampleWorkspace();
    const page = await openPage({ viewport: { width: 360, height: 740 } });
    const widthOf = () => page.evaluate(() => document.documentElement.scrollWidth);

    await page.goto(`${server.url}/w/${id}/ask`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    expect(await widthOf()).toBe(360);
    await ask(page, questions[0] ?? '');
    await page.locator('article[aria-busy=false]').waitFor();
    expect(await widthOf()).toBe(360);

    await page.goto(`${server.url}/w/${id}/documents`);
    await page.getByRole('switch').first().waitFor();
    expect(await widthOf()).toBe(360);
    await page.getByRole('main').getByRole('listitem').getByRole('link').first().click();
    await page.getByRole('tab', { name: 'Chunks' }).click();
    expect(await widthOf()).toBe(360);

    await page.goto(`${server.url}/w/${id}/graph`);
    await page.getByRole('main').getByRole('listitem').getByRole('button').first().click();
    await page.getByRole('table', { name: 'Facts shown' }).waitFor();
    expect(await widthOf()).toBe(360);
  }, 120_000);

  test.each(['light', 'dark'] as const)(
    'the pages have names, landmarks and contrast in the %s theme',
    async (colorScheme) => {
      const { id, sample_questions: questions } = await sampleWorkspace();
      const page = await openPage({ colorScheme });
      const check = async () => {
        expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
        expect(await page.getByRole('main').count()).toBe(1);
        expect(await page.getByRole('navigation', { name: 'Pages' }).count()).toBe(1);
        expect(await page.evaluate(namelessControls)).toEqual([]);
        expect(await page.evaluate(lowContrast)).toEqual([]);
      };
      await page.goto(`${server.url}/w/${id}/ask`);
      await page.getByRole('button', { name: questions[0] }).click();
      await page.waitForURL(answerUrl);
      await page.locator('article[aria-busy=false]').waitFor();
      await check();
      await page.goto(`${server.url}/w/${id}/documents`);
      await page.getByRole('switch').first().waitFor();
      await check();
      await page.goto(`${server.url}/w/${id}/graph`);
      await page.getByRole('main').getByRole('listitem').getByRole('button').first().click();
      await page.getByRole('table', { name: 'Facts shown' }).waitFor();
      await check();
    },
    120_000,
  );
});
