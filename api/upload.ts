/** Files that come by multipart: streamed to disk, one a request, bounded. */
import { basename } from 'node:path';
import type { RequestHandler } from 'express';
import multer from 'multer';
import { GraphblendError } from '../engine/index.ts';
import { incomingFolder } from '../ingest/index.ts';
import type { PlatformConfig } from './config.ts';
import { HttpError } from './problems.ts';

export function singleFile(config: PlatformConfig): RequestHandler {
  const parse = multer({
    dest: incomingFolder(config.home),
    // File names are UTF-8, which multipart itself does not say.
    defParamCharset: 'utf8',
    limits: { fileSize: config.maxUploadBytes, files: 1, fields: 10, fieldSize: 16_384, parts: 12 },
  }).single('file');
  return (request, response, next) =>
    parse(request, response, (error?: unknown) => next(error && multipartError(error)));
}

/** The multipart parser's own errors have nothing but a message; those of multer and the disk have a code. */
function multipartError(error: unknown): unknown {
  if (!(error instanceof Error) || 'code' in error || error instanceof GraphblendError)
    return error;
  return new HttpError(
    400,
    'invalid_multipart',
    error.message,
    'Send multipart/form-data with one field "file".',
  );
}

/** The name without folders or control characters, at most 255 characters. */
export function safeName(name: string): string {
  const last = basename(name.replaceAll('\\', '/'));
  const printable = last.replaceAll(/\p{Cc}/gu, '');
  return printable.trim().slice(0, 255) || 'document';
}
