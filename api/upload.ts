/** Files that come by multipart: streamed to disk, one a request, bounded. */
import { basename } from 'node:path';
import type { RequestHandler } from 'express';
import multer from 'multer';
import type { PlatformConfig } from './config.ts';
import { incomingFolder } from '../ingest/index.ts';

export function singleFile(config: PlatformConfig): RequestHandler {
  return multer({
    dest: incomingFolder(config.home),
    // File names are UTF-8, which multipart itself does not say.
    defParamCharset: 'utf8',
    limits: { fileSize: config.maxUploadBytes, files: 1, fields: 10, fieldSize: 16_384, parts: 12 },
  }).single('file');
}

/** The name without folders or control characters, at most 255 characters. */
export function safeName(name: string): string {
  const last = basename(name.replaceAll('\\', '/'));
  const printable = last.replaceAll(/\p{Cc}/gu, '');
  return printable.trim().slice(0, 255) || 'document';
}
