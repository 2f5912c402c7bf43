import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ApiClient, problem } from '../support/client.ts';
import { runCli, startServer, type TestServer } from '../support/server.ts';

const KEY = 'a-secret-of-enough-characters';
const serve = ['serve', '--port', '0'];

describe('a server with an API key', () => {
  let server: TestServer;
  const withKey = (key: string): ApiClient =>
    new ApiClient(server.url, { authorization: `Bearer ${key}` });

  beforeAll(async () => {
    server = await startServer({ env: { HOST: '0.0.0.0', GRAPHBLEND_API_KEY: KEY } });
  });

  afterAll(() => server?.stop());

  test('answers whoever knows the key', async () => {
    const api = withKey(KEY);
    expect((await api.json('GET', '/v1/status')).status).toBe(200);
    expect((await api.json('GET', '/metrics')).status).toBe(200);
    expect((await api.createWorkspace('Mine')).name).toBe('Mine');
  });

  test.each(['wrong', `${KEY}x`, KEY.slice(1), ''])('refuses the key %j', async (key) => {
    problem(await withKey(key).json('GET', '/v1/status'), 401, 'unauthorized');
    problem(await withKey(key).json('POST', '/v1/workspaces', { name: 'x' }), 401);
  });

  test('refuses calls without a key, documents and metrics included', async () => {
    const api = new ApiClient(server.url);
    for (const path of ['/v1/workspaces', '/v1/jobs', '/v1/answers/none', '/metrics']) {
      problem(await api.json('GET', path), 401, 'unauthorized');
    }
    const basic = new ApiClient(server.url, { authorization: `Basic ${KEY}` });
    problem(await basic.json('GET', '/v1/status'), 401);
  });

  test('answers probes without the key', async () => {
    const api = new ApiClient(server.url);
    expect((await api.json('GET', '/livez')).status).toBe(200);
    expect((await api.json('GET', '/readyz')).status).toBe(200);
  });

  test('answers the right key even while others guess, who are slowed down', async () => {
    const guesses = Array.from({ length: 130 }, () => withKey('guess').json('GET', '/v1/status'));
    const refused = (await Promise.all(guesses)).map(({ status }) => status);
    expect(new Set(refused)).toEqual(new Set([401, 429]));
    expect((await withKey(KEY).json('GET', '/v1/status')).status).toBe(200);
  });

  test('does not print the key', () => {
    expect(server.output()).not.toContain(KEY);
  });
});

describe('a start that would be unsafe or makes no sense', () => {
  test.each([
    [{ HOST: '0.0.0.0' }, /HOST is 0\.0\.0\.0.*GRAPHBLEND_API_KEY is not set/s],
    [{ HOST: '::' }, /GRAPHBLEND_API_KEY is not set/],
    [{ HOST: '192.168.7.7', GRAPHBLEND_API_KEY: 'short' }, /expected at least 16/],
    [{ GRAPHBLEND_THREADS: 'many' }, /GRAPHBLEND_THREADS is "many", expected a whole number/],
    [{ GRAPHBLEND_READER: '/nowhere' }, /\/nowhere/],
  ])('is refused with %j, saying why', async (env, message) => {
    const { code, output } = await runCli(serve, { env });
    expect(output).toMatch(message);
    expect(output).toMatch(/^error /m);
    expect(output).not.toMatch(/^ +at /m);
    expect(code).toBe(1);
  });
});
