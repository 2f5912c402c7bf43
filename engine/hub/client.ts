/** What a Hugging Face hub (or a mirror of it) says about a repository, and its files by HTTP. */
import { HubError } from '../errors.ts';
import { retrying, type RetryOptions } from './retry.ts';

export interface HubOptions extends RetryOptions {
  /** `https://huggingface.co`, or a mirror. */
  readonly endpoint: string;
  readonly token: string | undefined;
  /** A connection that sends nothing for so long is given up. */
  readonly idleTimeoutMs: number;
  /** Default: Node's own, without a proxy. */
  readonly fetch?: typeof fetch;
}

export interface HubFile {
  readonly name: string;
  readonly bytes: number;
  /** Of large files; small ones have the sha1 that git gives their content. */
  readonly sha256: string | undefined;
  readonly gitSha1: string | undefined;
}

export interface HubRevision {
  /** The commit: names exactly these files. */
  readonly commit: string;
  readonly files: readonly HubFile[];
}

/** The files of a revision (a branch, tag or commit) of a repository `owner/name`. Throws HubError. */
export async function readRevision(
  repo: string,
  revision: string,
  options: HubOptions,
): Promise<HubRevision> {
  const path = `api/models/${repo}/revision/${encodeURIComponent(revision)}?blobs=true`;
  const url = `${options.endpoint}/${path}`;
  const text = await retrying(options, async () => readText(await request(url, options)));
  const found = parse(url, text) as { sha?: unknown; siblings?: unknown } | null;
  if (typeof found?.sha !== 'string' || !Array.isArray(found.siblings))
    throw new HubError(url, 'did not answer with a list of files', { fix: mirrorFix });
  return { commit: found.sha, files: found.siblings.map((entry) => readFile(url, entry)) };
}

async function readText(response: Response): Promise<string> {
  try {
    return await response.text();
  } catch (cause) {
    throw unreachable(response.url, cause);
  }
}

function parse(url: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HubError(url, 'did not answer with JSON', { fix: mirrorFix, cause });
  }
}

function readFile(url: string, entry: unknown): HubFile {
  const { rfilename, size, blobId, lfs } = entry as Record<string, unknown>;
  const large = lfs as { sha256?: unknown; size?: unknown } | undefined | null;
  const bytes = large?.size ?? size;
  if (typeof rfilename !== 'string' || typeof bytes !== 'number')
    throw new HubError(url, 'lists a file without a name or a size', { fix: mirrorFix });
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  return {
    name: rfilename,
    bytes,
    sha256: text(large?.sha256),
    gitSha1: large ? undefined : text(blobId),
  };
}

/** The bytes of a file from `start` on. The answer's status tells whether the server took the range (206). */
export function requestFile(
  repo: string,
  commit: string,
  name: string,
  start: number,
  options: HubOptions,
): Promise<Response> {
  const path = name.split('/').map(encodeURIComponent).join('/');
  const headers: Record<string, string> = start > 0 ? { range: `bytes=${start}-` } : {};
  return request(`${options.endpoint}/${repo}/resolve/${commit}/${path}`, options, headers);
}

const mirrorFix = 'Check HF_ENDPOINT: it should be the address of a Hugging Face hub.';

async function request(
  url: string,
  { token, signal, idleTimeoutMs, fetch: send = fetch }: HubOptions,
  more: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const headers = { 'user-agent': 'graphblend', 'accept-encoding': 'identity', ...more };
  const timeout = AbortSignal.timeout(idleTimeoutMs);
  // The time limit is for the answer's head; the body's reader has one of its own.
  const head = new AbortController();
  const stop = () => head.abort(timeout.reason);
  timeout.addEventListener('abort', stop, { once: true });
  let response: Response;
  try {
    response = await send(url, {
      headers: token ? { ...headers, authorization: `Bearer ${token}` } : headers,
      signal: signal ? AbortSignal.any([signal, head.signal]) : head.signal,
    });
  } catch (cause) {
    signal?.throwIfAborted();
    throw unreachable(url, cause);
  } finally {
    timeout.removeEventListener('abort', stop);
  }
  if (response.ok) return response;
  await response.body?.cancel();
  throw refusal(url, response.status, token !== undefined);
}

/** No name, no route, a refused or a silent connection. */
function unreachable(url: string, error: unknown): HubError {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  const code = (cause as { code?: unknown } | undefined)?.code;
  const reason = typeof code === 'string' ? code : (cause as Error | undefined)?.message;
  return new HubError(url, `cannot be reached (${reason})`, {
    fix:
      'Check the network, or set HF_ENDPOINT to a mirror that this machine can reach. Without a network, copy the ' +
      'checkpoint folder to this machine and give its path instead.',
    cause,
  });
}

function refusal(url: string, status: number, hasToken: boolean): HubError {
  if (status === 401 || status === 403) {
    return new HubError(url, `may not be read (${status})`, {
      status,
      fix: hasToken
        ? "Accept the model's licence on its page with the account of HF_TOKEN, or use a token that may read it."
        : 'The repository is private or gated, or does not exist: check its name, set HF_TOKEN, and accept its licence.',
    });
  }
  if (status === 404) {
    return new HubError(url, 'does not exist (404)', {
      status,
      fix: 'Check the name (owner/name) and the revision.',
    });
  }
  return new HubError(url, `answered with status ${status}`, {
    status,
    fix:
      status === 429
        ? 'Too many requests: wait a while.'
        : 'Try again later: what has come is kept.',
  });
}
