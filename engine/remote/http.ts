/** One request to the server: address, key, time-out, and what its failures mean. */

import { RemoteModelError } from './errors.ts';
import { RetryAfterError, retryAfterMs } from './retry.ts';

export interface Endpoint {
  readonly baseUrl: string;
  readonly apiKey: string | undefined;
  readonly timeoutMs: number;
}

/** Aborts after a silence; every sign of life starts the time anew. */
export class Silence {
  readonly signal: AbortSignal;
  readonly #stop = new AbortController();
  readonly #timeoutMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(timeoutMs: number, outer: AbortSignal | undefined) {
    this.#timeoutMs = timeoutMs;
    this.signal =
      outer === undefined ? this.#stop.signal : AbortSignal.any([outer, this.#stop.signal]);
    this.heard();
  }

  heard(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#stop.abort(), this.#timeoutMs);
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  get hasRunOut(): boolean {
    return this.#stop.signal.aborted;
  }
}

/** The response with a status below 300. @throws RemoteModelError */
export async function send(
  { baseUrl, apiKey, timeoutMs }: Endpoint,
  path: string,
  body: unknown,
  silence: Silence,
): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(`${baseUrl.replace(/\/+$/, '')}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        Accept: 'application/json, text/event-stream',
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...(apiKey !== undefined && { Authorization: `Bearer ${apiKey}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      // A redirect to another host would carry the prompt there.
      redirect: 'error',
      signal: silence.signal,
    });
  } catch (error) {
    throw connectionError(error, silence, timeoutMs);
  }
  silence.heard();
  if (response.ok) return response;
  throw await statusError(response, apiKey);
}

export function connectionError(
  error: unknown,
  silence: Silence,
  timeoutMs: number,
): RemoteModelError {
  if (silence.hasRunOut)
    return new RemoteModelError(`The model server was silent for ${timeoutMs} ms`, {
      fix: 'See whether the server is overloaded; allow more time, or ask for shorter outputs.',
      isTransient: true,
      cause: error,
    });
  const { cause } = error as { cause?: { code?: unknown; message?: string } };
  const reason =
    typeof cause?.code === 'string' ? cause.code : (cause?.message ?? (error as Error).message);
  return new RemoteModelError(`The model server cannot be reached: ${reason}`, {
    fix: 'Check OPENAI_BASE_URL, and that the server runs.',
    isTransient: true,
    cause: error,
  });
}

const MAX_DETAIL = 300;

async function statusError(
  response: Response,
  apiKey: string | undefined,
): Promise<RemoteModelError> {
  const { status } = response;
  const detail = detailOf(await response.text().catch(() => ''), apiKey);
  return new RetryAfterError(
    `The model server answered ${status}${detail === '' ? '' : `: ${detail}`}`,
    {
      fix: fixOf(status),
      status,
      isTransient: status === 408 || status === 409 || status === 429 || status >= 500,
      retryAfterMs: retryAfterMs(response.headers.get('retry-after'), Date.now()),
    },
  );
}

/** The server's own words, short, and never the key, which some servers repeat. */
function detailOf(text: string, apiKey: string | undefined): string {
  let detail = text;
  try {
    const body = JSON.parse(text) as { error?: { message?: unknown } | string; detail?: unknown };
    const error = typeof body.error === 'object' ? body.error.message : body.error;
    const found = error ?? body.detail ?? text;
    detail = typeof found === 'string' ? found : JSON.stringify(found);
  } catch {
    // Not JSON: shown as it is.
  }
  const hidden = apiKey === undefined ? detail : detail.replaceAll(apiKey, '[key]');
  return hidden.replaceAll(/\s+/g, ' ').trim().slice(0, MAX_DETAIL);
}

function fixOf(status: number): string {
  if (status === 401 || status === 403) return 'Check OPENAI_API_KEY.';
  if (status === 404)
    return 'Check OPENAI_BASE_URL (it ends in /v1 for most servers) and OPENAI_MODEL.';
  if (status === 429)
    return 'Lower the requests or tokens a minute, or wait for the quota to renew.';
  if (status === 413 || status === 400)
    return 'The request may be too long for the model; use smaller chunks.';
  return status >= 500
    ? 'See the log of the model server.'
    : 'See what the server says about the request.';
}
