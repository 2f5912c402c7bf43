import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { statusSchema } from '../../api/contract/index.ts';
import { ApiClient, problem } from '../support/client.ts';
import { startServer, type TestServer } from '../support/server.ts';

/** Every operation this server is to have; a new route belongs here and in product.md. */
const OPERATIONS = [
  'get /livez',
  'get /readyz',
  'get /metrics',
  'get /v1/status',
  'get /v1/workspaces',
  'post /v1/workspaces',
  'get /v1/workspaces/{ws}',
  'patch /v1/workspaces/{ws}',
  'delete /v1/workspaces/{ws}',
  'get /v1/workspaces/{ws}/conversations',
  'post /v1/workspaces/{ws}/conversations',
  'get /v1/conversations/{id}',
  'delete /v1/conversations/{id}',
  'get /v1/workspaces/{ws}/documents',
  'post /v1/workspaces/{ws}/documents',
  'get /v1/workspaces/{ws}/documents/{id}',
  'patch /v1/workspaces/{ws}/documents/{id}',
  'delete /v1/workspaces/{ws}/documents/{id}',
  'get /v1/workspaces/{ws}/documents/{id}/text',
  'get /v1/workspaces/{ws}/documents/{id}/chunks',
  'get /v1/workspaces/{ws}/documents/{id}/original',
  'get /v1/jobs',
  'get /v1/jobs/{id}',
  'get /v1/jobs/{id}/stream',
  'post /v1/jobs/{id}/cancel',
  'post /v1/jobs/{id}/retry',
  'get /v1/workspaces/{ws}/entities',
  'get /v1/workspaces/{ws}/entities/{id}',
  'get /v1/workspaces/{ws}/entities/{id}/neighbourhood',
  'get /v1/workspaces/{ws}/facts',
  'post /v1/workspaces/{ws}/search',
  'post /v1/workspaces/{ws}/answers',
  'get /v1/workspaces/{ws}/answers',
  'get /v1/answers/{id}',
  'get /v1/answers/{id}/stream',
  'post /v1/answers/{id}/cancel',
  'delete /v1/workspaces/{ws}/schema',
  'get /v1/workspaces/{ws}/entities/{id}/split-suggestion',
  'get /v1/workspaces/{ws}/graph/communities',
  'get /v1/workspaces/{ws}/graph/export',
  'get /v1/workspaces/{ws}/graph/paths',
  'get /v1/workspaces/{ws}/graph/ranking',
  'get /v1/workspaces/{ws}/graph/rules',
  'get /v1/workspaces/{ws}/identity/records',
  'get /v1/workspaces/{ws}/identity/suggestions',
  'get /v1/workspaces/{ws}/rejected-facts',
  'get /v1/workspaces/{ws}/rejected-facts/counts',
  'get /v1/workspaces/{ws}/schema',
  'post /v1/workspaces/{ws}/entities/{id}/split',
  'post /v1/workspaces/{ws}/graph/import',
  'post /v1/workspaces/{ws}/identity/distinct',
  'post /v1/workspaces/{ws}/identity/merges',
  'post /v1/workspaces/{ws}/identity/undo',
  'post /v1/workspaces/{ws}/model-reading',
  'post /v1/workspaces/{ws}/model-reading/estimate',
  'post /v1/workspaces/{ws}/schema/import',
  'put /v1/workspaces/{ws}/schema',
];

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { name: string; in: string; required?: boolean; schema: object }[];
  readonly requestBody?: { content: Record<string, unknown> };
  readonly responses: Record<string, { description: string }>;
}

interface OpenApi {
  readonly openapi: string;
  readonly info: { title: string; version: string };
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: Record<string, Record<string, unknown>>;
}

describe('a server on a loopback address', () => {
  let server: TestServer;
  let api: ApiClient;

  beforeAll(async () => {
    server = await startServer();
    api = new ApiClient(server.url);
  });

  afterAll(() => server?.stop());

  const openApi = async (): Promise<OpenApi> =>
    (await api.json('GET', '/openapi.json')).body as OpenApi;

  test('answers the probes', async () => {
    expect(await api.json('GET', '/livez')).toMatchObject({ status: 200, body: 'ok\n' });
    expect(await api.json('GET', '/readyz')).toMatchObject({ status: 200, body: 'ok\n' });
  });

  test('says what it runs on', async () => {
    const status = await api.get('/v1/status', statusSchema);
    expect(status.ready).toBe(true);
    expect(status.stores).toMatchObject({ graph: 'sqlite', queue: 'sqlite' });
    expect(status.reader.layers).toBeGreaterThan(0);
  });

  test('counts requests by route pattern, so that ids cannot flood the metrics', async () => {
    await api.json('GET', '/v1/workspaces/ws_nowhere');
    const { status, headers, body } = await api.json('GET', '/metrics');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('text/plain');
    expect(body).toMatch(
      /^graphblend_http_requests_total\{method="GET",route="\/v1\/workspaces\/:ws",status="404"\} \d+$/m,
    );
    expect(body).toMatch(/^graphblend_queue_waiting 0$/m);
    expect(body).not.toContain('ws_nowhere');
  });

  test('describes itself as OpenAPI 3.1 whose references all lead somewhere', async () => {
    const document = await openApi();
    expect(document.openapi).toMatch(/^3\.1\.\d$/);
    expect(document.info.title).toBe('Graphblend');
    const text = JSON.stringify(document);
    for (const [, path] of text.matchAll(/"\$ref":"#\/([^"]+)"/g)) {
      const found = path!
        .split('/')
        .reduce<unknown>(
          (at, step) => (at as Record<string, unknown> | undefined)?.[step],
          document,
        );
      expect(found, path).toBeDefined();
    }
    const ids = operations(document).map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('declares every path parameter, and a response for every operation', async () => {
    for (const { path, operation } of operations(await openApi())) {
      const declared = (operation.parameters ?? [])
        .filter((parameter) => parameter.in === 'path' && parameter.required)
        .map((parameter) => parameter.name);
      expect(declared.toSorted(), path).toEqual(parametersIn(path));
      expect(Object.keys(operation.responses).length, path).toBeGreaterThan(1);
      for (const each of Object.values(operation.responses)) expect(each.description).not.toBe('');
    }
  });

  test('documents that an answer can come as a stream', async () => {
    const { paths } = await openApi();
    const { responses } = paths['/v1/workspaces/{ws}/answers']!.post!;
    const { content } = responses['200'] as { content?: object };
    expect(Object.keys(content ?? {})).toEqual(['application/json', 'text/event-stream']);
  });

  test('documents exactly the routes it has', async () => {
    const document = await openApi();
    const documented = operations(document).map(({ method, path }) => `${method} ${path}`);
    expect(documented.toSorted()).toEqual(OPERATIONS.toSorted());
    for (const { method, path } of operations(document)) {
      const reply = await api.json(method.toUpperCase(), path.replaceAll(/\{\w+\}/g, 'none'));
      const { code } = (reply.body as { code?: string } | undefined) ?? {};
      expect({ method, path, code }).not.toMatchObject({ code: 'route_not_found' });
    }
  });

  test('answers unknown addresses and methods with a problem', async () => {
    problem(await api.json('GET', '/v1/nothing'), 404, 'route_not_found');
    problem(await api.json('PUT', '/v1/workspaces', {}), 404, 'route_not_found');
    problem(await api.json('GET', '/v1/workspaces/%E0%A4%A'), 400);
    problem(await api.json('GET', `/v1/workspaces/${'x'.repeat(200)}`), 400, 'invalid_request');
  });

  test('refuses a foreign Host, which a rebound name would have, and a foreign Origin', async () => {
    const ask = (headers: Record<string, string>): Promise<number> => statusOf(server.url, headers);
    expect(await ask({ host: 'evil.example' })).toBe(403);
    expect(await ask({ origin: 'https://evil.example' })).toBe(403);
    expect(await ask({ origin: 'null' })).toBe(403);
    expect(await ask({ host: `127.0.0.1.evil.example` })).toBe(403);
    expect(await ask({ host: 'localhost:1' })).toBe(200);
    expect(await ask({ origin: 'http://localhost:5173' })).toBe(200);
    problem(await api.send('/v1/workspaces', { headers: { origin: 'https://evil.example' } }), 403);
  });

  test('sends headers that let its pages load nothing from elsewhere', async () => {
    const { headers } = await api.json('GET', '/v1/status');
    expect(headers.get('content-security-policy')).toMatch(/img-src 'self'/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-powered-by')).toBeNull();
  });
});

function operations({ paths }: OpenApi): { method: string; path: string; operation: Operation }[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
  );
}

function parametersIn(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!).toSorted();
}

/** With headers that fetch does not let one set. */
function statusOf(url: string, headers: Record<string, string>): Promise<number> {
  return new Promise((done, failed) => {
    request(`${url}/v1/workspaces`, { headers }, (response) => {
      response.resume();
      done(response.statusCode ?? 0);
    })
      .on('error', failed)
      .end();
  });
}
