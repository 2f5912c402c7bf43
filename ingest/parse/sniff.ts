/** Looks at the first bytes (and at a zip's file names) to say what a file really is. */

import { strFromU8 } from 'fflate';
import { listZip } from './zip.ts';

export interface Sniffed {
  readonly kind:
    | 'pdf'
    | 'docx'
    | 'epub'
    | 'html'
    | 'text'
    | 'encrypted-office'
    | 'damaged-zip'
    | 'other';
  /** With its article, to stand after "is". */
  readonly label: string;
}

const HEAD_BYTES = 4096;

/** [hex of the bytes, offset, label] of common files that are not read. */
const MAGIC: readonly (readonly [string, number, string])[] = [
  ['89504e470d0a1a0a', 0, 'a PNG image'],
  ['ffd8ff', 0, 'a JPEG image'],
  ['47494638', 0, 'a GIF image'],
  ['52494646', 0, 'a RIFF file (WebP, WAV or AVI)'],
  ['49492a00', 0, 'a TIFF image'],
  ['4d4d002a', 0, 'a TIFF image'],
  ['424d', 0, 'a BMP image'],
  ['1f8b', 0, 'a gzip archive'],
  ['425a68', 0, 'a bzip2 archive'],
  ['fd377a585a00', 0, 'an xz archive'],
  ['28b52ffd', 0, 'a zstd archive'],
  ['377abcaf271c', 0, 'a 7z archive'],
  ['526172211a07', 0, 'a RAR archive'],
  ['7f454c46', 0, 'a program (ELF)'],
  ['4d5a9000', 0, 'a program (Windows)'],
  ['0061736d', 0, 'a WebAssembly module'],
  ['494433', 0, 'an MP3 recording'],
  ['4f676753', 0, 'an Ogg recording'],
  ['1a45dfa3', 0, 'a Matroska or WebM video'],
  ['66747970', 4, 'an MP4 file'],
  ['53514c69746520666f726d6174', 0, 'an SQLite database'],
  ['7b5c727466', 0, 'an RTF document'],
];

const OLE = 'd0cf11e0a1b11ae1';

export function sniff(bytes: Uint8Array): Sniffed {
  const head = bytes.subarray(0, HEAD_BYTES);
  if (isPdf(bytes)) return { kind: 'pdf', label: 'a PDF' };
  if (startsWith(head, '504b0304', 0) || startsWith(head, '504b0506', 0)) return sniffZip(bytes);
  if (startsWith(head, OLE, 0)) return sniffOle(bytes);
  for (const [hex, offset, label] of MAGIC) {
    if (startsWith(head, hex, offset) && !(hex.length === 4 && looksLikeText(head)))
      return { kind: 'other', label };
  }
  if (!looksLikeText(head)) return { kind: 'other', label: 'binary data' };
  return isHtml(head)
    ? { kind: 'html', label: 'an HTML page' }
    : { kind: 'text', label: 'plain text' };
}

/** What the bytes are, for an error message. */
export function describeContent(bytes: Uint8Array): string {
  return sniff(bytes).label;
}

function startsWith(bytes: Uint8Array, hex: string, offset: number): boolean {
  return Buffer.from(bytes.subarray(offset, offset + hex.length / 2)).toString('hex') === hex;
}

/** The header may stand a little behind the start, but text that merely speaks of "%PDF-" is not a PDF. */
function isPdf(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 1024)).toString(
    'latin1',
  );
  const at = head.indexOf('%PDF-');
  if (at < 0) return false;
  return at === 0 || /[^\x09\x0A\x0D\x20-\x7E]/.test(head) || /\d+ \d+ obj\b/.test(head);
}

function sniffZip(bytes: Uint8Array): Sniffed {
  const mimetype = zipMimetype(bytes);
  const names = zipNames(bytes);
  const has = (prefix: string): boolean => (names ?? []).some((name) => name.startsWith(prefix));
  if (mimetype === 'application/epub+zip' || has('META-INF/container.xml'))
    return { kind: 'epub', label: 'an EPUB book' };
  if (mimetype.includes('opendocument')) return { kind: 'other', label: 'an OpenDocument file' };
  if (names === undefined) return { kind: 'damaged-zip', label: 'a zip archive that is cut off' };
  if (has('word/')) return { kind: 'docx', label: 'a Word document (.docx)' };
  if (has('xl/')) return { kind: 'other', label: 'an Excel workbook' };
  if (has('ppt/')) return { kind: 'other', label: 'a PowerPoint presentation' };
  return { kind: 'other', label: 'a zip archive' };
}

function zipNames(bytes: Uint8Array): string[] | undefined {
  try {
    return listZip(bytes).map((entry) => entry.name);
  } catch {
    return undefined;
  }
}

/** EPUB and OpenDocument store their type uncompressed as the first entry. */
function zipMimetype(bytes: Uint8Array): string {
  const head = strFromU8(bytes.subarray(0, 200), true);
  return /^PK\x03\x04[\s\S]{26}mimetype(application\/[\w.+-]+?)(?=PK|$)/.exec(head)?.[1] ?? '';
}

function sniffOle(bytes: Uint8Array): Sniffed {
  const encrypted = Buffer.from('EncryptedPackage', 'utf16le');
  const haystack = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (haystack.includes(encrypted))
    return { kind: 'encrypted-office', label: 'an encrypted Office document' };
  return { kind: 'other', label: 'an old Office document (.doc, .xls or .ppt)' };
}

function isHtml(head: Uint8Array): boolean {
  const text = Buffer.from(head)
    .toString('latin1')
    .replace(/^(\xEF\xBB\xBF|\xFF\xFE|\xFE\xFF)/, '')
    .replaceAll('\0', '');
  return /^\s*(<\?xml[^>]*>\s*)?(<!--[\s\S]*?-->\s*)*(<!doctype\s+html|<html[\s>])/i.test(text);
}

/** No NUL and hardly any control character; UTF-16 with its byte order mark counts as text. */
function looksLikeText(head: Uint8Array): boolean {
  if (startsWith(head, 'fffe', 0) || startsWith(head, 'feff', 0)) return true;
  let controls = 0;
  for (const byte of head) {
    if (byte === 0) return false;
    if (byte < 32 && byte !== 9 && byte !== 10 && byte !== 12 && byte !== 13 && byte !== 27)
      controls += 1;
  }
  return controls <= Math.max(2, head.length / 100);
}
