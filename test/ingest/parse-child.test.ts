import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ChildParser } from '../../ingest/parse/index.ts';
import { codeOf } from './fixtures/parse.ts';

let folder: string;
let parser = new ChildParser();

const child = (name: string): string =>
  fileURLToPath(new URL(`./fixtures/${name}.ts`, import.meta.url));

/** Ids of the parser processes that run. */
function children(): string[] {
  const found = spawnSync('pgrep', ['-P', String(process.pid), '-f', 'serve-child'], {
    encoding: 'utf8',
  });
  return found.stdout.trim().split('\n');
}

async function file(
  name: string,
  content: string | Uint8Array,
): Promise<{ path: string; name: string }> {
  const path = join(folder, name);
  await writeFile(path, content);
  return { path, name };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graphblend-parse-'));
});
afterEach(() => {
  parser.close();
  parser = new ChildParser();
});
afterAll(() => rm(folder, { recursive: true }));

describe('parsing in a child process', () => {
  it('gives the document and keeps one warm process for the next', async () => {
    const request = await file('a.md', '# Fram\n\nA ship.');
    const document = await parser.parse(request);
    expect(document).toMatchObject({ title: 'Fram', text: 'Fram\n\nA ship.' });
    const before = children();
    expect(before).toHaveLength(1);
    await parser.parse(request);
    expect(children()).toEqual(before);
  });

  it('reads several documents at once', async () => {
    const requests = await Promise.all(
      ['one', 'two', 'three'].map((word) => file(`${word}.txt`, `The ${word}.`)),
    );
    const documents = await Promise.all(requests.map((request) => parser.parse(request)));
    expect(documents.map((document) => document.text)).toEqual([
      'The one.',
      'The two.',
      'The three.',
    ]);
  });

  it('passes a refusal on as it is, and works on', async () => {
    const bad = await file('bad.pdf', 'no pdf');
    await expect(parser.parse(bad)).rejects.toMatchObject({
      name: 'ParseError',
      code: 'wrong_type',
      fix: expect.any(String),
    });
    expect((await parser.parse(await file('good.txt', 'Words.'))).text).toBe('Words.');
  });

  it('refuses a file above the limit before reading it', async () => {
    const request = await file('big.txt', Buffer.alloc(3_000_000, 'words '));
    expect(await codeOf(parser.parse(request, { maxBytes: 1_000_000 }))).toBe('document_too_large');
  });

  it('stops a parser that hangs', async () => {
    const hanging = new ChildParser({ childModule: child('hanging-child') });
    expect(await codeOf(hanging.parse(await file('a.txt', 'x'), { timeoutMs: 1500 }))).toBe(
      'parser_timeout',
    );
  });

  it('stops a parser that takes too much memory', async () => {
    const greedy = new ChildParser({ childModule: child('greedy-child') });
    expect(await codeOf(greedy.parse(await file('a.txt', 'x'), { memoryMb: 256 }))).toBe(
      'parser_out_of_memory',
    );
  });

  it('survives a parser that crashes', async () => {
    const crashing = new ChildParser({ childModule: child('crashing-child') });
    expect(await codeOf(crashing.parse(await file('a.txt', 'x')))).toBe('parser_crashed');
  });

  it('stops when the job is canceled', async () => {
    const hanging = new ChildParser({ childModule: child('hanging-child') });
    const abort = new AbortController();
    const outcome = codeOf(hanging.parse(await file('a.txt', 'x'), {}, abort.signal));
    setTimeout(() => abort.abort(), 200);
    expect(await outcome).toBe('parser_aborted');
    expect(await codeOf(hanging.parse(await file('a.txt', 'x'), {}, AbortSignal.abort()))).toBe(
      'parser_aborted',
    );
  });

  it('says when the heap of the child is full', async () => {
    // 24 MB of tiny table cells become far more objects than a heap of 96 MB holds.
    const request = await file('cells.csv', `a,b,c,d\n${'1,2,3,4\n'.repeat(3_000_000)}`);
    expect(await codeOf(parser.parse(request, { memoryMb: 128 }))).toBe('parser_out_of_memory');
  });
});
