import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchDocument } from '../../ingest/parse/index.ts';
import { isPrivateAddress } from '../../ingest/parse/private-address.ts';
import { codeOf } from './fixtures/parse.ts';

let server: Server;
let base: string;

const routes: Record<string, RequestListener> = {
  '/page': (_, response) =>
    response.setHeader('content-type', 'text/html; charset=utf-8').end('<p>Words</p>'),
  '/paper.pdf': (_, response) =>
    response.setHeader('content-type', 'application/octet-stream').end('%PDF-1.4'),
  '/hop': (_, response) => response.writeHead(302, { location: '/page' }).end(),
  '/loop': (_, response) => response.writeHead(302, { location: '/loop' }).end(),
  '/inward': (_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
  '/zip': (_, response) =>
    response.setHeader('content-encoding', 'gzip').end(gzipSync(Buffer.alloc(5_000_000))),
  '/endless': (_, response) => {
    const timer = setInterval(() => response.write(Buffer.alloc(100_000)), 1);
    response.on('close', () => clearInterval(timer));
  },
  '/slow': () => undefined,
};

beforeAll(async () => {
  server = createServer((request, response) =>
    (routes[request.url ?? ''] ?? ((_, missing) => missing.writeHead(404).end()))(
      request,
      response,
    ),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe('fetching a document by URL', () => {
  it('gives bytes, media type and a name that fits it', async () => {
    const page = await fetchDocument(`${base}/page`, { allowPrivate: true });
    expect({ ...page, bytes: page.bytes.toString() }).toEqual({
      bytes: '<p>Words</p>',
      name: 'page.html',
      mediaType: 'text/html',
      url: `${base}/page`,
    });
    expect(await fetchDocument(`${base}/paper.pdf`, { allowPrivate: true })).toMatchObject({
      name: 'paper.pdf',
      mediaType: 'application/pdf',
    });
  });

  it('follows redirects, but not endlessly and not out of http', async () => {
    expect((await fetchDocument(`${base}/hop`, { allowPrivate: true })).url).toBe(`${base}/page`);
    expect(await codeOf(fetchDocument(`${base}/loop`, { allowPrivate: true }))).toBe('url_refused');
    expect(await codeOf(fetchDocument(`${base}/inward`, { allowPrivate: true }))).toBe(
      'url_refused',
    );
  });

  it('refuses the own network by address, by name, and by a redirect to it', async () => {
    const port = new URL(base).port;
    for (const host of [
      '127.0.0.1',
      'localhost',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '2130706433',
      '0x7f.1',
      '0.0.0.0',
      '169.254.169.254',
    ]) {
      expect(
        await codeOf(fetchDocument(`http://${host}:${port}/page`, { timeoutMs: 3000 })),
        host,
      ).toBe('url_refused');
    }
  });

  it('refuses other schemes, credentials and nonsense', async () => {
    for (const url of [
      'file:///etc/passwd',
      'ftp://example.org/a',
      'http://user:pw@example.org/',
      'example.org',
      'javascript:1',
    ])
      expect(await codeOf(fetchDocument(url)), url).toBe('url_refused');
  });

  it('stops at the byte limit, also behind compression', async () => {
    expect(
      await codeOf(fetchDocument(`${base}/endless`, { allowPrivate: true, maxBytes: 1_000_000 })),
    ).toBe('document_too_large');
    expect(
      await codeOf(fetchDocument(`${base}/zip`, { allowPrivate: true, maxBytes: 1_000_000 })),
    ).toBe('document_too_large');
  });

  it('tells errors of the server, of the network and of time', async () => {
    expect(await codeOf(fetchDocument(`${base}/missing`, { allowPrivate: true }))).toBe(
      'url_status',
    );
    expect(await codeOf(fetchDocument('http://127.0.0.1:1/', { allowPrivate: true }))).toBe(
      'url_unreachable',
    );
    expect(
      await codeOf(fetchDocument(`${base}/slow`, { allowPrivate: true, timeoutMs: 200 })),
    ).toBe('url_unreachable');
    expect(
      await codeOf(fetchDocument(`${base}/slow`, { allowPrivate: true }, AbortSignal.timeout(100))),
    ).toBe('parser_aborted');
  });
});

describe('private addresses', () => {
  it('knows every special range', () => {
    const bad = [
      '10.1.2.3',
      '172.31.0.1',
      '192.168.1.1',
      '100.64.0.1',
      '169.254.1.1',
      '127.1.1.1',
      '0.1.2.3',
      '224.0.0.1',
      '255.255.255.255',
      '198.18.0.1',
      '192.0.2.1',
      '::',
      '::1',
      'fe80::1',
      'fe80::1%eth0',
      'fc00::1',
      'fd12::1',
      'ff02::1',
      '::ffff:10.0.0.1',
      '::ffff:8.8.8.8',
      '64:ff9b::a00:1',
      '2002:a00:1::',
      '2001:db8::1',
      '2001::1',
      'words',
      '',
    ];
    for (const address of bad) expect(isPrivateAddress(address), address).toBe(true);
    for (const address of [
      '8.8.8.8',
      '172.32.0.1',
      '100.128.0.1',
      '2606:4700::1111',
      '2a00:1450:4001::1',
    ])
      expect(isPrivateAddress(address), address).toBe(false);
  });
});
