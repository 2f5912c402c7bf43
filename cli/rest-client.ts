/** The REST API as the CLI uses it. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type {
  AcceptedDocument,
  Answer,
  AnswerEvent,
  Job,
  Mode,
  PageOf,
  Problem,
  SearchResponse,
  Status,
  Workspace,
  WorkspaceSchema,
} from '../api/index.ts';
import { CliError } from './errors.ts';
import { readEvents } from './read-events.ts';

export class RestClient {
  readonly url: string;
  readonly #headers: Record<string, string>;

  constructor(url: string, apiKey: string | undefined) {
    this.url = url.replace(/\/$/, '');
    this.#headers = apiKey ? { authorization: `Bearer ${apiKey}` } : {};
  }

  status(): Promise<Status> {
    return this.#json('GET', '/v1/status');
  }

  /** Newest first. */
  async workspaces(): Promise<Workspace[]> {
    const all: Workspace[] = [];
    for (let after = ''; ;) {
      const page = await this.#json<PageOf<Workspace>>('GET', `/v1/workspaces?limit=200${after}`);
      all.push(...page.data);
      if (!page.has_more) break;
      after = `&after=${page.last_id}`;
    }
    return all.toSorted((a, b) => b.created_at.localeCompare(a.created_at));
  }

  createWorkspace(name: string): Promise<Workspace> {
    return this.#json('POST', '/v1/workspaces', { name });
  }

  async upload(workspaceId: string, path: string, externalKey: string): Promise<AcceptedDocument> {
    const form = new FormData();
    form.set('external_key', externalKey);
    form.set('file', new File([await readFile(path)], basename(path)));
    return this.#send('POST', `/v1/workspaces/${workspaceId}/documents`, form);
  }

  addUrl(workspaceId: string, url: string): Promise<AcceptedDocument> {
    return this.#json('POST', `/v1/workspaces/${workspaceId}/documents`, { url });
  }

  job(id: string): Promise<Job> {
    return this.#json('GET', `/v1/jobs/${id}`);
  }

  async openJobs(workspaceId: string): Promise<Job[]> {
    const pages = await Promise.all(
      (['processing', 'enqueued'] as const).map((state) =>
        this.#json<PageOf<Job>>(
          'GET',
          `/v1/jobs?workspace_id=${workspaceId}&state=${state}&limit=200`,
        ),
      ),
    );
    return pages.flatMap((page) => page.data);
  }

  search(workspaceId: string, question: string, limit: number): Promise<SearchResponse> {
    return this.#json('POST', `/v1/workspaces/${workspaceId}/search`, { question, limit });
  }

  schema(workspaceId: string): Promise<WorkspaceSchema> {
    return this.#json('GET', `/v1/workspaces/${workspaceId}/schema`);
  }

  /** @param content Turtle, N-Triples or JSON */
  importSchema(workspaceId: string, content: string): Promise<WorkspaceSchema> {
    return this.#json('POST', `/v1/workspaces/${workspaceId}/schema/import`, { content });
  }

  async removeSchema(workspaceId: string): Promise<void> {
    await this.#fetch('DELETE', `/v1/workspaces/${workspaceId}/schema`, {});
  }

  answer(workspaceId: string, question: string, mode: Mode): Promise<Answer> {
    return this.#json('POST', `/v1/workspaces/${workspaceId}/answers`, { question, mode });
  }

  async *streamAnswer(
    workspaceId: string,
    question: string,
    mode: Mode,
    signal: AbortSignal,
  ): AsyncGenerator<AnswerEvent> {
    const response = await this.#fetch('POST', `/v1/workspaces/${workspaceId}/answers`, {
      body: JSON.stringify({ question, mode, stream: true }),
      headers: { 'content-type': 'application/json' },
      signal,
    });
    for await (const data of readEvents(response)) yield JSON.parse(data) as AnswerEvent;
  }

  #json<T>(method: string, path: string, body?: unknown): Promise<T> {
    return this.#send(method, path, body === undefined ? undefined : JSON.stringify(body), {
      'content-type': 'application/json',
    });
  }

  async #send<T>(
    method: string,
    path: string,
    body: RequestInit['body'],
    headers: Record<string, string> = {},
  ): Promise<T> {
    const response = await this.#fetch(method, path, { body, headers });
    return (await response.json()) as T;
  }

  async #fetch(method: string, path: string, init: RequestInit): Promise<Response> {
    const headers = { ...(init.headers as Record<string, string>), ...this.#headers };
    const response = await fetch(this.url + path, { ...init, method, headers }).catch(
      (error: unknown) => {
        if (init.signal?.aborted) throw error;
        throw new CliError(
          `No server answers at ${this.url}`,
          'Start one with: npm start   (or leave --url away to work without a server)',
          { cause: error },
        );
      },
    );
    if (response.ok) return response;
    const problem = (await response.json().catch(() => undefined)) as Problem | undefined;
    throw new CliError(
      problem?.detail ?? `The server answered ${response.status}`,
      problem?.fix ?? 'See the server log.',
    );
  }
}
