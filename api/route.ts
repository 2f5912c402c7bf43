/** A route is data: the schemas that validate a request are the ones the OpenAPI document is made of. */
import type { Request, RequestHandler, Response, Router } from 'express';
import { ZodObject, type z } from 'zod';

export interface RouteInput<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly request: Request;
  readonly response: Response;
}

export interface Reply {
  readonly status?: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ResponseDoc {
  readonly description: string;
  readonly schema?: z.ZodType;
  readonly contentType?: string;
  /** Schemas of the other content types that the same status can have. */
  readonly also?: Readonly<Record<string, z.ZodType>>;
}

export interface Route {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** In OpenAPI's form: /v1/things/{id}. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly params: z.ZodType | undefined;
  readonly query: z.ZodType | undefined;
  readonly body: z.ZodType | undefined;
  /** Documented beside JSON: the body may come as an upload too. */
  readonly multipart: boolean;
  readonly responses: Readonly<Record<number, ResponseDoc>>;
  readonly before: readonly RequestHandler[];
  /** Undefined if the handler has sent the response itself (streams, files). */
  readonly handle: (input: RouteInput<never, never, never>) => Promise<Reply | undefined>;
}

interface RouteSpec<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> {
  readonly method: Route['method'];
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  readonly multipart?: boolean;
  readonly responses: Route['responses'];
  readonly before?: readonly RequestHandler[];
  readonly handle: (
    input: RouteInput<z.output<P>, z.output<Q>, z.output<B>>,
  ) => Promise<Reply | undefined>;
}

export function route<
  P extends z.ZodType = z.ZodType<undefined>,
  Q extends z.ZodType = z.ZodType<undefined>,
  B extends z.ZodType = z.ZodType<undefined>,
>(spec: RouteSpec<P, Q, B>): Route {
  return {
    ...spec,
    params: spec.params,
    query: spec.query,
    body: spec.body,
    multipart: spec.multipart ?? false,
    before: spec.before ?? [],
    handle: spec.handle,
  };
}

/** A misspelt parameter is refused: ignoring it would answer another question than was asked. */
function strict(schema: z.ZodType | undefined): z.ZodType | undefined {
  return schema instanceof ZodObject ? schema.strict() : schema;
}

export function mount(router: Router, routes: readonly Route[]): void {
  for (const each of routes) {
    const path = each.path.replaceAll(/\{(\w+)\}/g, ':$1');
    router[each.method](path, ...each.before, async (request, response) => {
      const reply = await each.handle({
        params: each.params?.parse(request.params) as never,
        query: strict(each.query)?.parse(request.query) as never,
        // Multipart fields are checked by the handler, which knows whether a file came.
        body: (each.multipart ? request.body : each.body?.parse(request.body ?? {})) as never,
        request,
        response,
      });
      if (!reply) return;
      for (const [name, value] of Object.entries(reply.headers ?? {}))
        response.setHeader(name, value);
      if (reply.body === undefined) response.status(reply.status ?? 204).end();
      else response.status(reply.status ?? 200).json(reply.body);
    });
  }
}
