/** Who may call: the API key where one is set; on a loopback address only pages of this machine. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { RequestHandler } from 'express';
import { rateLimit } from 'express-rate-limit';
import { isLoopback, type PlatformConfig } from './config.ts';
import { HttpError } from './problems.ts';

/**
 * Refuses calls without the key. Compares digests, so that time tells nothing about the key. The right key
 * is never held up by others who guess.
 */
export function requireKey(config: PlatformConfig): RequestHandler {
  const { apiKey } = config;
  if (!apiKey) return (_request, _response, next) => next();
  const expected = digest(apiKey);
  const countRefusal = limitGuessing();
  return (request, response, next) => {
    const [scheme, given] = (request.headers.authorization ?? '').split(' ');
    const matches =
      scheme?.toLowerCase() === 'bearer' && timingSafeEqual(digest(given ?? ''), expected);
    if (matches) return next();
    void countRefusal(request, response, (error?: unknown) => next(error ?? unauthorized()));
  };
}

function unauthorized(): HttpError {
  return new HttpError(
    401,
    'unauthorized',
    'This server needs an API key, and none that it knows came with the request.',
    'Send the header "Authorization: Bearer <GRAPHBLEND_API_KEY>".',
  );
}

/** Guessing keys is slow: a hundred refused calls a minute from one address, then 429. */
function limitGuessing(): RequestHandler {
  return rateLimit({
    windowMs: 60_000,
    limit: 100,
    standardHeaders: 'draft-7',
    legacyHeaders: false,
    handler: () => {
      throw new HttpError(
        429,
        'too_many_refusals',
        'Too many calls with a wrong key.',
        'Wait a minute.',
      );
    },
  });
}

/**
 * A server without a key trusts this machine, but not every web page opened on it: a name that was
 * rebound to 127.0.0.1 has another Host, and a form on another site has another Origin.
 */
export function requireLocalOrigin(config: PlatformConfig): RequestHandler {
  if (config.apiKey) return (_request, _response, next) => next();
  return (request, _response, next) => {
    const { host, origin } = request.headers;
    if (isLocal(`http://${host ?? ''}`) && (origin === undefined || isLocal(origin))) return next();
    throw new HttpError(
      403,
      'foreign_origin',
      'A server without an API key answers only pages and programs of this machine.',
      'Open it as http://127.0.0.1 or http://localhost, or set GRAPHBLEND_API_KEY.',
    );
  };
}

function isLocal(url: string): boolean {
  if (!URL.canParse(url)) return false;
  return isLoopback(new URL(url).hostname.replace(/^\[|\]$/g, ''));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
