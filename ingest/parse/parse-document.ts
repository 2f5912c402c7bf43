/** Bytes -> ParsedDocument, inside the caller's process. Uploads go through `parseInChild` instead. */

import type { ParsedDocument } from '../../graph/index.ts';
import { buildDocument } from './build-document.ts';
import { damaged, noText, ParseError } from './errors.ts';
import { detectFormat } from './media-type.ts';
import type { Draft, Format, ParseLimits, Source } from './types.ts';

type Parser = (source: Source) => Promise<Draft>;

/** Each parser's libraries are loaded when its first document comes: pdf.js and jsdom cost half a second. */
const PARSERS: Record<Format, () => Promise<Parser>> = {
  txt: async () => (await import('./parse-text.ts')).parseText,
  md: async () => (await import('./parse-markdown.ts')).parseMarkdown,
  html: async () => (await import('./parse-html.ts')).parseHtml,
  pdf: async () => (await import('./parse-pdf.ts')).parsePdf,
  docx: async () => (await import('./parse-docx.ts')).parseDocx,
  epub: async () => (await import('./parse-epub.ts')).parseEpub,
  csv: async () => (await import('./parse-csv.ts')).parseCsv,
  json: async () => (await import('./parse-json.ts')).parseJson,
};

/** @throws ParseError with the reason; nothing else */
export async function parseDocument(
  bytes: Uint8Array,
  input: { readonly name: string; readonly mediaType?: string },
  limits: ParseLimits,
): Promise<ParsedDocument> {
  if (bytes.length > limits.maxBytes) throw tooLarge(input.name, bytes.length, limits.maxBytes);
  const format = detectFormat(bytes, input.name, input.mediaType);
  try {
    const parse = await PARSERS[format]();
    const document = buildDocument(
      await parse({ bytes, name: input.name, limits }),
      input.name,
      limits,
    );
    if (document.text === '') throw emptyText(input.name);
    return document;
  } catch (error) {
    throw damaged(`${format} file "${input.name}"`, error);
  }
}

export function tooLarge(name: string, bytes: number, maxBytes: number): ParseError {
  const mb = (value: number): string => `${(value / 1024 / 1024).toFixed(1)} MiB`;
  return new ParseError(`"${name}" has ${mb(bytes)}, the limit is ${mb(maxBytes)}`, {
    code: 'document_too_large',
    fix: 'Split the document into smaller files, or raise the upload limit of the server.',
  });
}

function emptyText(name: string): ParseError {
  return noText(
    `document "${name}"`,
    'Check that the file holds text and not only white space, pictures or scripts.',
  );
}
