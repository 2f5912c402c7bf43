/** Requests to a hub through a proxy of the environment: a server that passes requests on, and notes what it was asked for. */
import { createServer, request as httpRequest, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { EngineError, proxiedFetch } from '../../engine/index.ts';

let hub: Server;
let proxy: Server;
let [hubAddress, proxyAddress] = ['', ''];
const passed: string[] = [];

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  hub = createServer((request, response) =>
    response.setHeader('connection', 'close').end(`${request.url} ${request.headers['range']}`),
  );
  proxy = createServer((request, response) => {
    passed.push(request.url!);
    const { headers } = request;
    httpRequest(request.url!, { headers }, (answer) => answer.pipe(response)).end();
  });
  proxy.on('connect', (request, socket, head) => {
    passed.push(request.url!);
    const [host = '', port] = request.url!.split(':');
    const target = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      target.write(head);
      target.pipe(socket).pipe(target);
    });
    for (const end of [target, socket]) end.on('error', () => end.destroy());
  });
  hubAddress = await listen(hub);
  proxyAddress = await listen(proxy);
});
afterAll(() => {
  for (const server of [hub, proxy]) {
    server.closeAllConnections();
    server.close();
  }
});
beforeEach(() => void (passed.length = 0));

async function ask(env: Record<string, string>): Promise<string> {
  const send = await proxiedFetch(env);
  const answer = await send!(`${hubAddress}/file`, { headers: { range: 'bytes=5-' } });
  return answer.text();
}

/** The hub here does not speak TLS: which way it was asked is all that is seen. */
async function askSecurely(env: Record<string, string>): Promise<void> {
  const send = await proxiedFetch(env);
  const asked = send!(`${hubAddress.replace('http:', 'https:')}/file`);
  await expect(asked).rejects.toThrow('fetch failed');
}

describe('fetching through a proxy', () => {
  it.each(['HTTP_PROXY', 'http_proxy'])('goes through %s', async (name) => {
    expect(await ask({ [name]: proxyAddress })).toBe('/file bytes=5-');
    expect(passed).toHaveLength(1);
    expect(passed[0]).toContain(new URL(hubAddress).host);
  });

  it('passes by the proxy to hosts of NO_PROXY', async () => {
    expect(await ask({ HTTP_PROXY: proxyAddress, NO_PROXY: '127.0.0.1' })).toBe('/file bytes=5-');
    expect(passed).toEqual([]);
  });

  it('uses HTTPS_PROXY for https alone', async () => {
    expect(await ask({ HTTPS_PROXY: proxyAddress })).toBe('/file bytes=5-');
    expect(passed).toEqual([]);
    await askSecurely({ HTTPS_PROXY: proxyAddress });
    expect(passed).toEqual([new URL(hubAddress).host]);
  });

  it('uses HTTP_PROXY for http alone', async () => {
    await askSecurely({ HTTP_PROXY: proxyAddress });
    expect(passed).toEqual([]);
  });

  it('is left to Node where no proxy is named, and refuses what is no address', async () => {
    expect(await proxiedFetch({ HTTP_PROXY: '' })).toBeUndefined();
    for (const address of ['no address', 'proxy.example:3128', 'socks5://proxy.example:1080'])
      await expect(proxiedFetch({ HTTPS_PROXY: address })).rejects.toThrow(EngineError);
  });
});
