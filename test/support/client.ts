/** The REST API for tests: replies with status and body, uploads, jobs, problems, event streams. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { z } from 'zod';
import {
  acceptedDocumentSchema,
  jobSchema,
  pageSchema,
  problemSchema,
  workspaceSchema,
  type AcceptedDocument,
  type Job,
  type PageOf,
  type Problem,
  type Workspace,
} from '../../api/contract/index.ts';

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

export interface ServerEvent<T> {
  readonly event: string;
  readonly data: T;
}

export class ApiClient {
  readonly url: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(url: string, headers: Readonly<Record<string, string>> = {}) {
    this.url = url;
    this.#headers = headers;
  }

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { ...this.#headers, ...(init.headers as Record<string, string>) };
    return fetch(this.url + path, { ...init, headers });
  }

  async send(path: string, init: RequestInit = {}): Promise<Reply> {
    const response = await this.fetch(path, init);
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    const body: unknown = isJson && text !== '' ? JSON.parse(text) : text;
    return { status: response.status, headers: response.headers, body };
  }

  json(method: string, path: string, body?: unknown): Promise<Reply> {
    if (body === undefined) return this.send(path, { method });
    const headers = { 'content-type': 'application/json' };
    return this.send(path, { method, headers, body: JSON.stringify(body) });
  }

  /** A 200 whose body is exactly what the schema says. */
  async get<T extends z.ZodType>(path: string, schema: T): Promise<z.output<T>> {
    return exactly(schema, await this.json('GET', path), 200);
  }

  /** All pages of a list. */
  async all<T extends z.ZodType>(path: string, item: T): Promise<z.output<T>[]> {
    const found: z.output<T>[] = [];
    for (let after = ''; ;) {
      const separator = path.includes('?') ? '&' : '?';
      const page = (await this.get(
        `${path}${separator}limit=200${after}`,
        pageSchema(item),
      )) as PageOf<z.output<T>>;
      found.push(...page.data);
      if (!page.has_more) return found;
      after = `&after=${page.last_id}`;
    }
  }

  async createWorkspace(name: string, more: object = {}): Promise<Workspace> {
    return exactly(
      workspaceSchema,
      await this.json('POST', '/v1/workspaces', { name, ...more }),
      201,
    );
  }

  upload(
    workspaceId: string,
    name: string,
    content: string | Uint8Array,
    fields: Readonly<Record<string, string>> = {},
  ): Promise<Reply> {
    const form = new FormData();
    for (const [field, value] of Object.entries(fields)) form.set(field, value);
    form.set('file', new File([content as BlobPart], name));
    return this.send(`/v1/workspaces/${workspaceId}/documents`, { method: 'POST', body: form });
  }

  /** Uploads, expects it to be taken, and waits for the end of its job. */
  async ingest(
    workspaceId: string,
    name: string,
    content: string | Uint8Array,
    fields: Readonly<Record<string, string>> = {},
  ): Promise<AcceptedDocument & { job: Job }> {
    const accepted = exactly(
      acceptedDocumentSchema,
      await this.upload(workspaceId, name, content, fields),
      202,
    );
    return { ...accepted, job: await this.waitForJob(accepted.job!.id) };
  }

  async waitForJob(id: string): Promise<Job> {
    for (;;) {
      const job = await this.get(`/v1/jobs/${id}`, jobSchema);
      if (job.finished_at !== null) return job;
      await sleep(50);
    }
  }

  /** Waits until no job of the workspace is open; returns all its jobs. */
  async waitForJobs(workspaceId: string): Promise<Job[]> {
    for (;;) {
      const jobs = await this.all(`/v1/jobs?workspace_id=${workspaceId}`, jobSchema);
      if (jobs.every((job) => job.finished_at !== null)) return jobs;
      await sleep(100);
    }
  }
}

/** The body, which the schema must describe in full: nothing missing, nothing undocumented. */
export function exactly<T extends z.ZodType>(schema: T, reply: Reply, status: number): z.output<T> {
  expect({ status: reply.status, body: reply.body }).toMatchObject({ status });
  const parsed = schema.parse(reply.body);
  expect(reply.body).toEqual(parsed);
  return parsed;
}

/** The problem object of a refused request, with everything that a problem must have. */
export function problem(reply: Reply, status?: number, code?: string): Problem {
  expect({ type: reply.headers.get('content-type'), body: reply.body }).toMatchObject({
    type: expect.stringContaining('application/problem+json'),
  });
  const found = exactly(problemSchema, reply, status ?? reply.status);
  expect(found.status).toBe(reply.status);
  if (code !== undefined) expect(found.code).toBe(code);
  expect(found.code).toMatch(/^[a-z_]+$/);
  expect(found.detail.length).toBeGreaterThan(5);
  expect(found.fix.length).toBeGreaterThan(5);
  expect(found.request_id).toBe(reply.headers.get('x-request-id'));
  return found;
}

/** The events of a stream until it ends; comments (pings) are left out. */
export async function* events<T>(response: Response): AsyncGenerator<ServerEvent<T>> {
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  let rest = '';
  for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
    rest += part;
    const blocks = rest.split('\n\n');
    rest = blocks.pop()!;
    for (const block of blocks) {
      const field = (name: string): string | undefined =>
        new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
      const data = field('data');
      if (data !== undefined) yield { event: field('event') ?? '', data: JSON.parse(data) as T };
    }
  }
}
