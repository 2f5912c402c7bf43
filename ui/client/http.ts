/** Requests to the API of the same origin. Throws ApiError for whatever is not 2xx. */
import { askForKey, authorization } from './key.ts';
import { ApiError, problemFrom } from './problem.ts';

type Options = {
  method?: string;
  json?: unknown;
  form?: FormData;
  signal?: AbortSignal;
  accept?: string;
};

export async function send(path: string, options: Options = {}): Promise<Response> {
  const { method = 'GET', json, form, signal, accept = 'application/json' } = options;
  const headers: Record<string, string> = { Accept: accept, ...authorization() };
  if (json !== undefined) headers['Content-Type'] = 'application/json';
  const body = json === undefined ? form : JSON.stringify(json);
  const response = await fetch(path, { method, headers, body, signal });
  if (response.status === 401) askForKey();
  if (!response.ok) throw new ApiError(await problemFrom(response));
  return response;
}

export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await send(path, { signal })).json() as Promise<T>;
}

/** Sends a JSON body; the answer may be empty (204). */
export async function sendJson<T>(method: string, path: string, json?: unknown): Promise<T> {
  const response = await send(path, { method, json });
  const text = await response.text();
  return (text === '' ? null : JSON.parse(text)) as T;
}

/** `?a=1&b=2` of what is set. */
export function queryString(values: Record<string, string | number | boolean | undefined>): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined && value !== '') params.set(name, String(value));
  }
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}

export const workspacePath = (workspaceId: string) =>
  `/v1/workspaces/${encodeURIComponent(workspaceId)}`;
