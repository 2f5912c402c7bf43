/** The OpenAPI document, made from the routes' own schemas. */
import { createDocument } from 'zod-openapi';
import { z } from 'zod';
import { problemSchema } from './contract/index.ts';
import { packageVersion } from './package-root.ts';
import type { ResponseDoc, Route } from './route.ts';

export function openApiDocument(routes: readonly Route[]): object {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) (paths[route.path] ??= {})[route.method] = operation(route);
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Graphblend',
      version: packageVersion(),
      description: 'Knowledge-graph RAG with chunk-cache reuse.',
    },
    paths: paths,
    components: {
      securitySchemes: { apiKey: { type: 'http', scheme: 'bearer' } },
    },
    security: [{ apiKey: [] }, {}],
  });
}

function operation(route: Route): object {
  return {
    operationId: operationId(route),
    tags: [route.tag],
    summary: route.summary,
    requestParams: {
      ...(route.params ? { path: route.params } : {}),
      ...(route.query ? { query: route.query } : {}),
    },
    ...(route.body ? { requestBody: { required: true, content: bodyContent(route) } } : {}),
    responses: {
      ...Object.fromEntries(
        Object.entries(route.responses).map(([status, doc]) => [status, responseOf(doc)]),
      ),
      default: {
        description: 'A problem',
        content: { 'application/problem+json': { schema: problemSchema } },
      },
    },
  };
}

function responseOf({ description, schema, contentType, also = {} }: ResponseDoc): object {
  if (!schema) return { description };
  const schemas = { [contentType ?? 'application/json']: schema, ...also };
  const content = Object.entries(schemas).map(([type, each]) => [type, { schema: each }]);
  return { description, content: Object.fromEntries(content) };
}

function bodyContent(route: Route): object {
  const upload = z.object({
    file: z.string().meta({ format: 'binary' }),
    external_key: z.string().optional(),
  });
  return {
    'application/json': { schema: route.body },
    ...(route.multipart ? { 'multipart/form-data': { schema: upload } } : {}),
  };
}

/** get /v1/jobs/{id}/stream -> getJobsIdStream */
function operationId({ method, path }: Route): string {
  const words = path.split(/[^A-Za-z0-9]+/).filter((word) => word && word !== 'v1');
  return method + words.map((word) => word[0]!.toUpperCase() + word.slice(1)).join('');
}
