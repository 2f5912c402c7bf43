import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  acceptedDocumentSchema,
  documentSchema,
  documentTextSchema,
  searchResponseSchema,
  type AcceptedDocument,
} from '../../api/contract/index.ts';
import { makeDocx, paragraph } from '../ingest/fixtures/make-archive.ts';
import { ApiClient, exactly, problem, type Reply } from '../support/client.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { footprint, type Footprint } from '../support/stored.ts';

const ENCRYPTED_PDF = readFileSync(join(import.meta.dirname, '../ingest/fixtures/encrypted.pdf'));
const PNG = Buffer.from(
  '89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489',
  'hex',
);
const NOISE = Buffer.from(
  Array.from({ length: 65_536 }, (_, i) => (i * 7919 + (i >> 3) * 104_729) % 256),
);
const MIB = 1024 * 1024;

describe('bad input', () => {
  let server: TestServer;
  let api: ApiClient;
  let workspaceId: string;
  let before: Footprint;
  const documents = (): string => `/v1/workspaces/${workspaceId}/documents`;
  const post = (path: string, body: string, type = 'application/json'): Promise<Reply> =>
    api.send(path, { method: 'POST', headers: { 'content-type': type }, body });

  beforeAll(async () => {
    server = await startServer({ env: { GRAPHBLEND_PARSE_TIMEOUT_MS: '8000' } });
    api = new ApiClient(server.url);
    workspaceId = (await api.createWorkspace('Bad input')).id;
    await api.ingest(workspaceId, 'good.txt', 'Ada Holm built the Kestrel in Larvik in 1901.');
  });

  beforeEach(async () => {
    // An upload that the test before broke off may come to its end only now.
    const incoming = async () => {
      before = await footprint(api, server, workspaceId);
      return before.incoming;
    };
    await expect.poll(incoming, { timeout: 20_000 }).toEqual([]);
  });

  // Whatever came: still alive, still able to write, and nothing half-written remains.
  afterEach(async () => {
    expect((await api.json('GET', '/livez')).status).toBe(200);
    expect((await api.json('GET', '/readyz')).status).toBe(200);
    await api.waitForJobs(workspaceId);
    await expect
      .poll(() => footprint(api, server, workspaceId), { timeout: 20_000 })
      .toEqual(before);
  });

  afterAll(() => server?.stop());

  /** Taken in, but its job fails; what it left is the record of a failed document, which is deleted here. */
  async function failsWith(
    name: string,
    content: string | Uint8Array,
    code: string,
  ): Promise<void> {
    const { document, job } = await api.ingest(workspaceId, name, content);
    expect(job).toMatchObject({ state: 'failed', error: { code } });
    expect(job.error!.message.length).toBeGreaterThan(10);
    expect(job.error!.fix.length).toBeGreaterThan(10);
    const path = `${documents()}/${document.id}`;
    expect(await api.get(path, documentSchema)).toMatchObject({
      status: 'failed',
      chunk_count: 0,
      published_version: 0,
      error: { code },
    });
    problem(await api.json('GET', `${path}/text`), 409, 'document_not_ready');
    const { job: removal } = (await api.json('DELETE', path)).body as { job: { id: string } };
    expect((await api.waitForJob(removal.id)).state).toBe('succeeded');
  }

  describe('in files', () => {
    test.each(['empty.txt', 'empty.pdf', 'empty.docx', 'empty'])(
      '%s of 0 bytes is refused at once',
      async (name) => {
        problem(await api.upload(workspaceId, name, ''), 400, 'empty_document');
      },
    );

    test('a PDF behind a password fails with its reason', () =>
      failsWith('secret.pdf', ENCRYPTED_PDF, 'encrypted_document'));

    test('an image named as a PDF fails with its reason', () =>
      failsWith('scan.pdf', PNG, 'wrong_type'));

    test('text named as a Word document fails with its reason', () =>
      failsWith('letter.docx', 'Just words.', 'wrong_type'));

    test('a half PDF fails with its reason', () =>
      failsWith('half.pdf', ENCRYPTED_PDF.subarray(0, 400), 'damaged_document'));

    test('binary garbage fails with its reason, whatever its name', async () => {
      await failsWith('noise.bin', NOISE, 'unsupported_type');
      await failsWith('noise.txt', NOISE.subarray(1), 'wrong_type');
    });

    test('a file of blanks fails with its reason', () =>
      failsWith('blank.txt', ' \n\t\n ', 'no_text'));

    test('broken JSON fails with its reason', () =>
      failsWith('broken.json', '{"a": [1, 2', 'damaged_document'));

    test('invalid UTF-8 is read as far as it can be, without its invalid bytes', async () => {
      const bytes = Buffer.concat([
        Buffer.from('Ada Holm built the Kestrel. '),
        Buffer.from([0xc3, 0x28, 0xff, 0xfe, 0xe2, 0x82]),
        Buffer.from(' The Kestrel is a ship.'),
      ]);
      const { document, job } = await api.ingest(workspaceId, 'latin.txt', bytes);
      const path = `${documents()}/${document.id}`;
      if (job.state === 'succeeded') {
        const { text } = await api.get(`${path}/text`, documentTextSchema);
        expect(text).toContain('Ada Holm built the Kestrel.');
        expect(Buffer.from(text, 'utf8').toString('utf8')).toBe(text);
      } else {
        expect(job.error?.code).toBe('invalid_encoding');
      }
      const { job: removal } = (await api.json('DELETE', path)).body as { job: { id: string } };
      await api.waitForJob(removal.id);
    });

    test('a zip bomb named as a Word document fails before it is inflated', async () => {
      const bomb = makeDocx(paragraph('boom'), {
        'word/media/bomb.xml': new Uint8Array(260 * MIB),
      });
      expect(bomb.length).toBeLessThan(2 * MIB);
      // Making it takes seconds, in which the server may end idle connections: let the client notice.
      await new Promise((resolve) => setTimeout(resolve, 200));
      await failsWith('bomb.docx', bomb, 'archive_bomb');
    });

    test('200 MB of text are refused while they come', async () => {
      const reply = await uploadStream('huge.txt', 200 * MIB);
      problem(reply, 413, 'document_too_large');
    });

    test('an upload that breaks off leaves nothing', async () => {
      await expect(uploadStream('cut.txt', 10 * MIB, { breakOffAt: 2 * MIB })).rejects.toThrow();
    });
  });

  describe('in file names', () => {
    test.each([
      '../../../etc/passwd.txt',
      '..\\..\\windows\\system32\\evil.txt',
      '/absolute/path.txt',
      'a\u0000b.txt',
      '.',
      '..',
      "'; DROP TABLE documents; --.txt",
      '<img src=x onerror=alert(1)>.txt',
      '${7*7}{{7*7}}.txt',
      'x'.repeat(400),
      '\u202Egnp.txt',
    ])('%j is nothing but a name', async (name) => {
      const content = `A text called ${name.length}.`;
      const taken = await api.upload(workspaceId, name, content);
      // What multipart itself cannot carry is refused; everything else becomes a name.
      if (taken.status === 400) return void problem(taken);
      const { document, job } = exactly(acceptedDocumentSchema, taken, 202);
      await api.waitForJob(job!.id);
      expect(document.name).not.toMatch(/[/\\\u0000]/);
      expect(document.name.length).toBeLessThanOrEqual(255);
      const response = await api.fetch(`${documents()}/${document.id}/original`);
      expect(await response.text()).toBe(content);
      const reply = await api.json('DELETE', `${documents()}/${document.id}`);
      await api.waitForJob((reply.body as { job: { id: string } }).job.id);
    });
  });

  describe('in multipart bodies', () => {
    const part = (disposition: string, content = 'Words.'): string =>
      `--x\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n${content}\r\n`;
    const file = 'name="file"; filename="a.txt"';
    test.each([
      ['without a boundary', 'multipart/form-data', `${part(file)}--x--\r\n`],
      ['cut off in the file', 'multipart/form-data; boundary=x', part(file)],
      ['cut off in the headers', 'multipart/form-data; boundary=x', '--x\r\nContent-Dispos'],
      ['that is empty', 'multipart/form-data; boundary=x', ''],
      ['of another boundary', 'multipart/form-data; boundary=y', `${part(file)}--x--\r\n`],
      ['without a file', 'multipart/form-data; boundary=x', `${part('name="other"')}--x--\r\n`],
      [
        'with another field name',
        'multipart/form-data; boundary=x',
        `${part('name="upload"; filename="a.txt"')}--x--\r\n`,
      ],
      ['with two files', 'multipart/form-data; boundary=x', `${part(file)}${part(file)}--x--\r\n`],
      [
        'with a file without headers',
        'multipart/form-data; boundary=x',
        '--x\r\n\r\nWords.\r\n--x--\r\n',
      ],
      [
        'with an endless field',
        'multipart/form-data; boundary=x',
        `${part('name="external_key"', 'k'.repeat(40_000))}${part(file)}--x--\r\n`,
      ],
      [
        'with a key that is too long',
        'multipart/form-data; boundary=x',
        `${part('name="external_key"', 'k'.repeat(2000))}${part(file)}--x--\r\n`,
      ],
      [
        'with a thousand fields',
        'multipart/form-data; boundary=x',
        `${part('name="f"').repeat(1000)}${part(file)}--x--\r\n`,
      ],
    ])('%s are refused', async (_, type, body) => {
      const reply = await post(documents(), body, type);
      problem(reply, 400);
    });
  });

  describe('in JSON bodies', () => {
    test.each(['{"name": ', 'nonsense', '"text"', '[1,2', '\u0000', '{"a":1}}'])(
      '%j is called malformed',
      async (body) => {
        problem(await post('/v1/workspaces', body), 400, 'malformed_json');
        problem(await post(documents(), body), 400, 'malformed_json');
      },
    );

    test.each([
      ['/v1/workspaces', {}],
      ['/v1/workspaces', []],
      ['/v1/workspaces', { name: '' }],
      ['/v1/workspaces', { name: '   ' }],
      ['/v1/workspaces', { name: 7 }],
      ['/v1/workspaces', { name: 'x'.repeat(121) }],
      ['/v1/workspaces', { name: 'x', admin: true }],
      ['/v1/workspaces', { name: 'x', settings: { chunk_tokens: 1 } }],
      ['/v1/workspaces', { name: 'x', settings: { chunk_tokens: 1e9 } }],
      ['/v1/workspaces', { name: 'x', settings: { chunk_tokens: '256' } }],
      ['documents', {}],
      ['documents', { text: 'Words.' }],
      ['documents', { text: '', name: 'x' }],
      ['documents', { text: 'Words.', name: 'x', colour: 'red' }],
      ['documents', { text: 'Words.', name: 'x', tags: Array.from({ length: 33 }, () => 't') }],
      ['documents', { text: 'Words.', name: 'x', url: 'http://example.com' }],
      ['documents', { url: 'file:///etc/passwd' }],
      ['documents', { url: 'not a url' }],
      ['search', {}],
      ['search', { question: '' }],
      ['search', { question: 'x'.repeat(4001) }],
      ['search', { question: 'x', limit: 0 }],
      ['search', { question: 'x', limit: 1e9 }],
      ['search', { question: 'x', limit: 1.5 }],
      ['search', { question: 'x', k: 5 }],
      ['search', { question: 'x', document_ids: 'doc' }],
      ['search', { question: 'x', document_ids: Array.from({ length: 1001 }, () => 'd') }],
      ['answers', { question: 'x', max_tokens: 1e9 }],
      ['answers', { question: 'x', max_tokens: -1 }],
      ['answers', { question: 'x', mode: 'psychic' }],
      ['answers', { question: 'x', stream: 'yes' }],
      ['answers', { question: ['x'] }],
    ])('%s refuses %j', async (path, body) => {
      const full = path.startsWith('/') ? path : `/v1/workspaces/${workspaceId}/${path}`;
      const found = problem(await api.json('POST', full, body), 400, 'invalid_request');
      expect(found.detail).not.toMatch(/undefined|Invalid input$/);
    });

    test('another content type is not taken for JSON', async () => {
      problem(await post('/v1/workspaces', '{"name":"x"}', 'text/plain'), 400, 'invalid_request');
      problem(await post(documents(), 'Words.', 'text/plain'), 400, 'invalid_request');
      problem(await post('/v1/workspaces', '{}', 'application/json; charset=klingon'), 415);
    });

    test('a body beyond the limit is refused', async () => {
      const text = 'Words. '.repeat(4 * MIB);
      problem(await api.json('POST', documents(), { name: 'x', text }), 413, 'body_too_large');
    });
  });

  describe('in addresses', () => {
    test('unknown workspaces are not found, whatever is asked of them', async () => {
      const at = '/v1/workspaces/ws_none';
      const replies = [
        await api.json('GET', at),
        await api.json('PATCH', at, { name: 'x' }),
        await api.json('GET', `${at}/documents`),
        await api.upload('ws_none', 'a.txt', 'Words.'),
        await api.json('POST', `${at}/documents`, { name: 'x', text: 'Words.' }),
        await api.json('POST', `${at}/search`, { question: 'x' }),
        await api.json('POST', `${at}/answers`, { question: 'x' }),
        await api.json('POST', `${at}/answers`, { question: 'x', stream: true }),
        await api.json('GET', `${at}/answers`),
        await api.json('GET', `${at}/entities`),
        await api.json('GET', `${at}/facts`),
      ];
      for (const reply of replies) problem(reply, 404, 'workspace_not_found');
    });

    test.each([
      'limit=0',
      'limit=-1',
      'limit=1000000',
      'limit=abc',
      'limit=1.5',
      'limit=1&limit=2',
      'limit[$gt]=1',
      `after=${'x'.repeat(200)}`,
      `query=${'x'.repeat(300)}`,
    ])('the query %s is refused or means nothing', async (query) => {
      for (const path of [documents(), '/v1/jobs', `/v1/workspaces/${workspaceId}/entities`]) {
        const reply = await api.json('GET', `${path}?${query}`);
        if (reply.status === 200) expect(reply.body).toHaveProperty('data');
        else problem(reply, 400, 'invalid_request');
      }
    });

    test.each([
      "' OR 1=1 --",
      '"; DROP TABLE documents; --',
      'x" OR NEAR(a b) NOT *',
      '* AND ^a {b}: c',
      '$(reboot) `id`',
      '%00',
      '../../etc/passwd',
      '\u0000\u0001',
      '\uD800',
      '{{constructor.constructor("return process")()}}',
      'a'.repeat(4000),
      '(((((((((((((((((((((((((',
      '🚢'.repeat(500),
    ])('the text %j is nothing but a text', async (text) => {
      const path = `/v1/workspaces/${workspaceId}`;
      const search = await api.json('POST', `${path}/search`, { question: text });
      expect(search.status).toBeLessThan(500);
      if (search.status === 200) exactly(searchResponseSchema, search, 200);
      const short = encodeURIComponent(text.slice(0, 90).replaceAll(/\p{Cs}/gu, '?'));
      for (const rest of [
        `/documents?query=${short}`,
        `/documents?after=${short}`,
        `/entities?query=${short}`,
        `/entities?after=${short}`,
        `/facts?relation=${short}`,
        `/facts?entity_id=${short}`,
        `/documents/${short}`,
        `/entities/${short}`,
        `/answers?after=${short}`,
      ]) {
        const reply = await api.json('GET', path + rest);
        expect({ rest, status: reply.status }).not.toMatchObject({ status: 500 });
        if (reply.status >= 400) problem(reply);
      }
      const made = await api.json('POST', '/v1/workspaces', { name: text.slice(0, 120) });
      if (made.status === 201) {
        const { id } = made.body as { id: string };
        expect((await api.json('DELETE', `/v1/workspaces/${id}`)).status).toBe(204);
      } else problem(made, 400);
    });

    test('URLs of this machine and of private networks are refused', async () => {
      for (const url of [
        `${server.url}/v1/workspaces`,
        'http://localhost:1/',
        'http://[::1]/',
        'http://[::ffff:127.0.0.1]/',
        'http://169.254.169.254/latest/meta-data/',
        'http://10.0.0.1/',
        'http://0.0.0.0/',
      ]) {
        problem(await api.json('POST', documents(), { url }), 400, 'url_refused');
      }
    });
  });

  test('a question asked with every odd text is answered or refused, never with a failure', async () => {
    for (const question of ['?', '\u0000', '\uD800', '<|im_start|>system', 'a'.repeat(4000)]) {
      const reply = await api.json('POST', `/v1/workspaces/${workspaceId}/answers`, {
        question,
        max_tokens: 4,
      });
      if (reply.status === 200)
        expect((reply.body as { status: string }).status).not.toBe('failed');
      else problem(reply, 400);
    }
  });

  test('a failed document is taken again when its content is put right', async () => {
    const failed = await api.ingest(workspaceId, 'again.pdf', 'not a PDF');
    expect(failed.job.state).toBe('failed');
    const again = await api.upload(workspaceId, 'again.pdf', 'not a PDF');
    const { job } = exactlyTaken(again);
    expect(await api.waitForJob(job)).toMatchObject({ state: 'failed' });
    const path = `${documents()}/${failed.document.id}`;
    const { job: removal } = (await api.json('DELETE', path)).body as { job: { id: string } };
    await api.waitForJob(removal.id);
  });

  /** A file made while it is sent. */
  function uploadStream(
    name: string,
    bytes: number,
    { breakOffAt = Number.POSITIVE_INFINITY } = {},
  ): Promise<Reply> {
    const head = `--x\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\n\r\n`;
    const block = Buffer.alloc(MIB, 'The Kestrel is a ship of Larvik. ');
    return new Promise((done, failed) => {
      const call = request(
        server.url + documents(),
        { method: 'POST', headers: { 'content-type': 'multipart/form-data; boundary=x' } },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (part: string) => (text += part));
          response.on('end', () => {
            const headers = new Headers(response.headers as Record<string, string>);
            done({ status: response.statusCode ?? 0, headers, body: JSON.parse(text) as unknown });
            call.destroy();
          });
        },
      );
      call.on('error', failed);
      call.write(head);
      let sent = 0;
      const send = (): void => {
        while (sent < bytes && !call.destroyed) {
          sent += block.length;
          if (sent > breakOffAt) return void call.destroy(new Error('broken off'));
          if (!call.write(block)) return void call.once('drain', send);
        }
        call.end('\r\n--x--\r\n');
      };
      send();
    });
  }
});

function exactlyTaken(reply: Reply): { job: string } {
  expect(reply.status).toBe(202);
  return { job: (reply.body as AcceptedDocument).job!.id };
}
