/**
 * Fetches a document that a user names by URL. Only public http(s) addresses are reached: names are
 * resolved and checked inside the connection's own lookup, so a name that resolves differently a moment
 * later (rebinding) gains nothing, and every redirect is checked anew.
 */

import { lookup as dnsLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Readable } from 'node:stream';
import { ParseError } from './errors.ts';
import { isPrivateAddress } from './private-address.ts';
import { mediaTypeOf, promisedFormat } from './media-type.ts';
import { extensionOf } from './title.ts';

export interface FetchLimits {
  /** Body as received and as inflated, bytes. */
  readonly maxBytes: number;
  /** For the whole fetch with its redirects, milliseconds. */
  readonly timeoutMs: number;
  readonly maxRedirects: number;
  /** Allows addresses of the own network; for an intranet, never on a public server. */
  readonly allowPrivate: boolean;
}

export const DEFAULT_FETCH_LIMITS: FetchLimits = {
  maxBytes: 50 * 1024 * 1024,
  timeoutMs: 30_000,
  maxRedirects: 5,
  allowPrivate: false,
};

export interface FetchedDocument {
  readonly bytes: Buffer;
  /** A file name for the document, with an extension that fits the media type. */
  readonly name: string;
  readonly mediaType: string;
  /** After redirects. */
  readonly url: string;
}

/**
 * @throws ParseError `url_refused` (scheme, private address, too many redirects), `url_unreachable`
 * (name, connection, time), `url_status` (an HTTP error), `document_too_large`
 */
export async function fetchDocument(
  url: string,
  limits: Partial<FetchLimits> = {},
  signal?: AbortSignal,
): Promise<FetchedDocument> {
  const all = { ...DEFAULT_FETCH_LIMITS, ...limits };
  const timeout = AbortSignal.timeout(all.timeoutMs);
  const stop = signal === undefined ? timeout : AbortSignal.any([timeout, signal]);
  try {
    return await follow(checkUrl(url, all), all, stop);
  } catch (error) {
    if (error instanceof ParseError) throw error;
    if (signal?.aborted === true)
      throw failure(
        'parser_aborted',
        `Fetching ${url} was stopped because its job was canceled`,
        'Add the URL again if it is still wanted.',
      );
    if (timeout.aborted)
      throw failure(
        'url_unreachable',
        `${url} did not answer completely within ${all.timeoutMs / 1000} s`,
        'Try again later, or download the document and upload it.',
      );
    throw unreachable(url, error);
  }
}

async function follow(
  start: URL,
  limits: FetchLimits,
  signal: AbortSignal,
): Promise<FetchedDocument> {
  let url = start;
  for (let hop = 0; hop <= limits.maxRedirects; hop += 1) {
    const response = await get(url, limits, signal);
    const status = response.statusCode ?? 0;
    const location = response.headers.location;
    if (status >= 300 && status < 400 && location !== undefined) {
      response.destroy();
      url = checkUrl(new URL(location, url).href, limits);
      continue;
    }
    if (status < 200 || status >= 300) {
      response.destroy();
      throw failure(
        'url_status',
        `${url.href} answered with HTTP status ${status}`,
        'Check the address in a browser; pages behind a login must be downloaded and uploaded.',
      );
    }
    const bytes = await readBody(response, url, limits);
    const mediaType = mediaTypeOfResponse(response, url);
    return { bytes, mediaType, name: nameOf(url, mediaType), url: url.href };
  }
  throw failure(
    'url_refused',
    `${start.href} redirects more than ${limits.maxRedirects} times`,
    'Give the address that the redirects lead to.',
  );
}

function checkUrl(text: string, limits: FetchLimits): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw failure(
      'url_refused',
      `"${text.slice(0, 200)}" is not an http or https address`,
      'Give a complete address such as https://example.org/page.html.',
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw failure(
      'url_refused',
      'The address holds a user name or password',
      'Download the document and upload the file.',
    );
  }
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (!limits.allowPrivate && isIP(host) !== 0 && isPrivateAddress(host))
    throw privateHost(url.hostname);
  return url;
}

function get(url: URL, limits: FetchLimits, signal: AbortSignal): Promise<IncomingMessage> {
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const outgoing = request(
      url,
      {
        // A connection of its own, so that nothing checked earlier is reused for another host.
        agent: false,
        signal,
        lookup: limits.allowPrivate ? undefined : guardedLookup,
        headers: {
          'user-agent': 'Graphblend/0.1 (document ingest)',
          accept: '*/*',
          'accept-encoding': 'gzip, br, deflate',
        },
      },
      (response) => {
        const address = response.socket.remoteAddress ?? '';
        if (limits.allowPrivate || !isPrivateAddress(address)) return resolve(response);
        response.destroy();
        reject(privateHost(url.hostname));
      },
    );
    outgoing.on('error', reject);
    outgoing.end();
  });
}

type LookupCallback = (
  error: NodeJS.ErrnoException | null,
  address: string | LookupAddress[],
  family?: number,
) => void;

/** Resolves as usual, but fails when any of the addresses is private: a mixed answer is an attack. */
function guardedLookup(hostname: string, options: LookupOptions, callback: LookupCallback): void {
  dnsLookup(hostname, { ...options, all: true }, (error, addresses) => {
    const first = addresses?.[0];
    if (error !== null || first === undefined)
      return callback(error ?? new Error('no address'), '');
    if (addresses.some(({ address }) => isPrivateAddress(address)))
      return callback(privateHost(hostname), '');
    if (options.all === true) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
}

async function readBody(response: IncomingMessage, url: URL, limits: FetchLimits): Promise<Buffer> {
  const declared = Number(response.headers['content-length'] ?? 0);
  if (declared > limits.maxBytes) {
    response.destroy();
    throw tooLargeBody(url, limits.maxBytes);
  }
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of decoded(response)) {
    size += (part as Buffer).length;
    if (size > limits.maxBytes) {
      response.destroy();
      throw tooLargeBody(url, limits.maxBytes);
    }
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts, size);
}

function decoded(response: IncomingMessage): Readable {
  const inflate = decoder(response.headers['content-encoding']);
  if (inflate === undefined) return response;
  response.on('error', (error) => inflate.destroy(error));
  return response.pipe(inflate);
}

function decoder(
  encoding: string | undefined,
): ReturnType<typeof createGunzip> | ReturnType<typeof createBrotliDecompress> | undefined {
  if (encoding === 'gzip' || encoding === 'x-gzip') return createGunzip();
  if (encoding === 'br') return createBrotliDecompress();
  return encoding === 'deflate' ? createInflate() : undefined;
}

/** The server's word; where it says nothing ("octet-stream"), the extension in the path. */
function mediaTypeOfResponse(response: IncomingMessage, url: URL): string {
  const claimed =
    (response.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (claimed !== '' && claimed !== 'application/octet-stream' && claimed !== 'binary/octet-stream')
    return claimed;
  const format = promisedFormat(url.pathname);
  return format === undefined ? 'application/octet-stream' : mediaTypeOf(format);
}

/** Last part of the path; the extension that its media type asks for is added where it has another one. */
function nameOf(url: URL, mediaType: string): string {
  const last = decodePath(url.pathname.split('/').findLast(Boolean) ?? '') || url.hostname;
  const byType = promisedFormat('', mediaType);
  if (byType === undefined || promisedFormat(last) === byType) return last;
  const known =
    promisedFormat(last) !== undefined || /^(php|aspx?|jsp|cgi)$/.test(extensionOf(last));
  return `${known ? last.replace(/\.\w+$/, '') : last}.${byType}`;
}

function decodePath(part: string): string {
  try {
    return decodeURIComponent(part).replace(/[/\\\0]/g, '-');
  } catch {
    return part;
  }
}

function privateHost(host: string): ParseError {
  return failure(
    'url_refused',
    `${host} is an address of the server's own network`,
    'Only public addresses are fetched; download the document and upload it, or allow private addresses in the configuration.',
  );
}

function tooLargeBody(url: URL, maxBytes: number): ParseError {
  return failure(
    'document_too_large',
    `${url.href} is larger than ${Math.round(maxBytes / 1024 / 1024)} MiB`,
    'Download it, split it, and upload the parts.',
  );
}

function unreachable(url: string, error: unknown): ParseError {
  const reason =
    error instanceof Error
      ? ((error as NodeJS.ErrnoException).code ?? error.message)
      : String(error);
  return new ParseError(`${url} could not be reached (${reason})`, {
    code: 'url_unreachable',
    fix: 'Check the address and that this machine may reach the network.',
    cause: error,
  });
}

function failure(
  code: 'url_refused' | 'url_unreachable' | 'url_status' | 'document_too_large' | 'parser_aborted',
  message: string,
  fix: string,
): ParseError {
  return new ParseError(message, { code, fix });
}
