/**
 * Decides what a file is. Content comes first: a PDF, DOCX or EPUB is read as what it is under any name,
 * and so is an HTML page named .txt or .md. A name that promises a format which the bytes are not is an error.
 */

import { ParseError } from './errors.ts';
import { describeContent, sniff, type Sniffed } from './sniff.ts';
import { extensionOf } from './title.ts';
import type { Format } from './types.ts';

const BY_EXTENSION: Record<string, Format> = {
  txt: 'txt',
  text: 'txt',
  log: 'txt',
  md: 'md',
  markdown: 'md',
  mdown: 'md',
  html: 'html',
  htm: 'html',
  xhtml: 'html',
  pdf: 'pdf',
  docx: 'docx',
  epub: 'epub',
  csv: 'csv',
  tsv: 'csv',
  json: 'json',
  jsonl: 'json',
  ndjson: 'json',
};

const BY_MEDIA_TYPE: Record<string, Format> = {
  'text/plain': 'txt',
  'text/markdown': 'md',
  'text/x-markdown': 'md',
  'text/html': 'html',
  'application/xhtml+xml': 'html',
  'application/pdf': 'pdf',
  'application/x-pdf': 'pdf',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'application/epub+zip': 'epub',
  'text/csv': 'csv',
  'text/tab-separated-values': 'csv',
  'application/csv': 'csv',
  'application/json': 'json',
  'text/json': 'json',
  'application/x-ndjson': 'json',
  'application/jsonl': 'json',
};

const MEDIA_TYPES: Record<Format, string> = {
  txt: 'text/plain',
  md: 'text/markdown',
  html: 'text/html',
  pdf: 'application/pdf',
  docx: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
  epub: 'application/epub+zip',
  csv: 'text/csv',
  json: 'application/json',
};

const LABELS: Record<Format, string> = {
  txt: 'plain text',
  md: 'Markdown text',
  html: 'an HTML page',
  pdf: 'a PDF',
  docx: 'a Word document (.docx)',
  epub: 'an EPUB book',
  csv: 'a CSV table',
  json: 'JSON text',
};

const SUPPORTED = '.txt, .md, .html, .pdf, .docx, .csv, .json and .epub';

const BINARY_FORMATS: ReadonlySet<Format> = new Set<Format>(['pdf', 'docx', 'epub']);

/** Extensions whose files are text but mean something that we would show as gibberish. */
const UNREADABLE_TEXT = new Set([
  'xml',
  'svg',
  'rtf',
  'ps',
  'eps',
  'tex',
  'eml',
  'mbox',
  'ics',
  'vcf',
]);

export function mediaTypeOf(format: Format): string {
  return MEDIA_TYPES[format];
}

/** The media type that a file name promises; `application/octet-stream` if it promises none we read. */
export function mediaTypeOfName(name: string): string {
  const format = BY_EXTENSION[extensionOf(name)];
  return format === undefined ? 'application/octet-stream' : MEDIA_TYPES[format];
}

/** The format that name or media type promise; undefined when they leave it open. */
export function promisedFormat(name: string, mediaType?: string): Format | undefined {
  const byName = BY_EXTENSION[extensionOf(name)];
  if (byName !== undefined) return byName;
  return BY_MEDIA_TYPE[(mediaType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''];
}

/**
 * @throws ParseError `empty_document`, `wrong_type`, `unsupported_type` or `encrypted_document`
 */
export function detectFormat(bytes: Uint8Array, name: string, mediaType?: string): Format {
  if (bytes.length === 0) throw emptyFile(name);
  const promised = promisedFormat(name, mediaType);
  const content = sniff(bytes);
  if (content.kind === 'encrypted-office') throw encryptedOffice(name);
  if (content.kind === 'pdf' || content.kind === 'docx' || content.kind === 'epub')
    return content.kind;
  // A cut-off archive no longer tells what it was; the parser it is meant for says what is missing.
  if (content.kind === 'damaged-zip' && (promised === 'docx' || promised === 'epub'))
    return promised;
  if (content.kind === 'html') return htmlUnderAnyName(name, promised, bytes);
  if (content.kind === 'text') return textFormat(bytes, name, promised);
  throw promised === undefined ? unsupported(name, content) : wrongType(name, promised, bytes);
}

function htmlUnderAnyName(name: string, promised: Format | undefined, bytes: Uint8Array): Format {
  const readable =
    promised === undefined || promised === 'html' || promised === 'txt' || promised === 'md';
  if (readable) return 'html';
  throw wrongType(name, promised, bytes);
}

function textFormat(bytes: Uint8Array, name: string, promised: Format | undefined): Format {
  if (promised !== undefined && BINARY_FORMATS.has(promised))
    throw wrongType(name, promised, bytes);
  if (promised !== undefined) return promised;
  if (UNREADABLE_TEXT.has(extensionOf(name))) throw unsupported(name, sniff(bytes));
  return 'txt';
}

function emptyFile(name: string): ParseError {
  return new ParseError(`"${name}" is empty (0 bytes)`, {
    code: 'empty_document',
    fix: 'Check that the file was written completely, then upload it again.',
  });
}

function encryptedOffice(name: string): ParseError {
  return new ParseError(`"${name}" is an Office document protected with a password`, {
    code: 'encrypted_document',
    fix: 'Open it in its program, remove the password, save it, and upload the copy.',
  });
}

function wrongType(name: string, promised: Format, bytes: Uint8Array): ParseError {
  const came = describeContent(bytes);
  return new ParseError(`"${name}" should be ${LABELS[promised]}, but its content is ${came}`, {
    code: 'wrong_type',
    fix: `Give the file the extension that fits its content, or export it as one of ${SUPPORTED}.`,
  });
}

function unsupported(name: string, content: Sniffed): ParseError {
  return new ParseError(`"${name}" is ${content.label}, which is not read`, {
    code: 'unsupported_type',
    fix: `Convert it to one of ${SUPPORTED}.`,
  });
}
