/** PDF: positioned words -> lines -> paragraphs and headings, page by page. */

import { damaged, noText, ParseError } from './errors.ts';
import { linesOfPage, type PdfItem, type PdfLine } from './pdf-lines.ts';
import { blocksOfPages } from './pdf-blocks.ts';
import { dropPageFurniture } from './pdf-furniture.ts';
import type { Draft, Source } from './types.ts';

const MAX_PAGES = 5000;

interface PdfPage {
  getTextContent(): Promise<{ items: readonly unknown[] }>;
  getViewport(options: { scale: number }): { height: number };
  cleanup(): unknown;
}

interface PdfDocument {
  readonly numPages: number;
  getPage(page: number): Promise<PdfPage>;
  getMetadata(): Promise<{ info: unknown }>;
  destroy(): Promise<void>;
}

/** @throws ParseError `encrypted_document`, `damaged_document`, `document_too_large` or `no_text` (scans) */
export async function parsePdf(source: Source): Promise<Draft> {
  const pdf = await openPdf(source.bytes);
  try {
    if (pdf.numPages > MAX_PAGES) throw tooManyPages(pdf.numPages);
    const pages = await readPages(pdf, source.limits.maxTextChars);
    if (pages.every((lines) => lines.length === 0)) throw scanned(pdf.numPages);
    const title = await documentTitle(pdf);
    return { title, blocks: blocksOfPages(dropPageFurniture(pages)), pages: pdf.numPages };
  } finally {
    await pdf.destroy().catch(() => undefined);
  }
}

async function openPdf(bytes: Uint8Array): Promise<PdfDocument> {
  const { getDocumentProxy } = await import('unpdf');
  try {
    // A copy: pdf.js takes the buffer away from its owner.
    return await getDocumentProxy(new Uint8Array(bytes), {
      verbosity: 0,
      isEvalSupported: false,
    });
  } catch (error) {
    if ((error as Error).name === 'PasswordException') throw encrypted(error);
    throw damaged('PDF', error);
  }
}

async function readPages(pdf: PdfDocument, maxTextChars: number): Promise<PdfLine[][]> {
  const pages: PdfLine[][] = [];
  let chars = 0;
  let failed: unknown;
  for (let number = 1; number <= pdf.numPages; number += 1) {
    try {
      const lines = await readPage(pdf, number);
      chars += lines.reduce((sum, line) => sum + line.text.length, 0);
      pages.push(lines);
    } catch (error) {
      failed = error;
      pages.push([]);
    }
    if (chars > maxTextChars * 1.2) break;
  }
  // A document of which a page cannot be read would answer questions as if the page did not exist.
  if (failed !== undefined) throw damaged('PDF', failed);
  return pages;
}

async function readPage(pdf: PdfDocument, number: number): Promise<PdfLine[]> {
  const page = await pdf.getPage(number);
  const content = await page.getTextContent();
  const { height } = page.getViewport({ scale: 1 });
  const items = content.items.flatMap(toItem);
  page.cleanup();
  return linesOfPage(items, number, height);
}

function toItem(raw: unknown): PdfItem[] {
  const item = raw as {
    str?: string;
    transform?: number[];
    width?: number;
    height?: number;
    hasEOL?: boolean;
  };
  if (typeof item.str !== 'string' || item.transform === undefined) return [];
  const [a = 0, b = 0, , , x = 0, y = 0] = item.transform;
  const size = Math.hypot(a, b) || item.height || 1;
  return [{ text: item.str, x, y, width: item.width ?? 0, size, endsLine: item.hasEOL === true }];
}

/** Programs write their template's or file's name into the title; such names are worse than a heading. */
async function documentTitle(pdf: PdfDocument): Promise<string | undefined> {
  const metadata = await pdf.getMetadata().catch(() => undefined);
  const title = (metadata?.info as { Title?: unknown } | undefined)?.Title;
  if (typeof title !== 'string') return undefined;
  const plain = title.trim();
  const isFileName =
    /\.(docx?|pdf|tex|dvi|indd|qxd|rtf|odt|html?)$/i.test(plain) ||
    /^microsoft (word|powerpoint)/i.test(plain);
  return plain === '' || isFileName || /^(untitled|document\d*|title)$/i.test(plain)
    ? undefined
    : plain;
}

function encrypted(cause: unknown): ParseError {
  return new ParseError('The PDF is protected with a password', {
    code: 'encrypted_document',
    fix: 'Open it with the password, save or print it as a PDF without one, and upload the copy.',
    cause,
  });
}

function scanned(pages: number): ParseError {
  const count = pages === 1 ? 'its page holds' : `its ${pages} pages hold`;
  return noText(
    `PDF: ${count} only pictures or nothing`,
    'Run text recognition (OCR) on it, for example with ocrmypdf, and upload the result.',
  );
}

function tooManyPages(pages: number): ParseError {
  return new ParseError(`The PDF has ${pages} pages, the limit is ${MAX_PAGES}`, {
    code: 'document_too_large',
    fix: 'Split it into parts and upload them one by one.',
  });
}
