/** Bytes of a text file -> string, or a clear refusal: guessing wrongly would put gibberish into answers. */

import { ParseError } from './errors.ts';

/**
 * UTF-8 (with or without mark), UTF-16 with its mark, else Windows-1252 if that gives plausible text.
 * @throws ParseError `invalid_encoding`, `wrong_type` for binary data
 */
export function decodeText(bytes: Uint8Array, name: string): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return decodeUtf16(bytes, 'utf-16le', name);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return decodeUtf16(bytes, 'utf-16be', name);
  refuseBinary(bytes, name);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return decodeWindows1252(bytes, name);
  }
}

function decodeUtf16(bytes: Uint8Array, encoding: string, name: string): string {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw invalidEncoding(name, 'its mark says UTF-16, but its bytes are not valid UTF-16');
  }
}

function refuseBinary(bytes: Uint8Array, name: string): void {
  let controls = 0;
  for (const byte of bytes) {
    if (byte === 0)
      throw invalidEncoding(
        name,
        'it holds NUL bytes, so it is binary data or UTF-16 without a mark',
      );
    if (byte < 32 && byte !== 9 && byte !== 10 && byte !== 12 && byte !== 13 && byte !== 27)
      controls += 1;
  }
  if (controls > Math.max(2, bytes.length / 100))
    throw invalidEncoding(name, 'it is full of control characters, so it is binary data');
}

function decodeWindows1252(bytes: Uint8Array, name: string): string {
  const { offset, validMultibyte } = firstInvalidUtf8(bytes);
  const where = `byte ${offset} (0x${(bytes[offset] ?? 0).toString(16)}) is not valid UTF-8`;
  // Proper UTF-8 characters elsewhere mean a damaged UTF-8 file, not an old encoding.
  if (validMultibyte) throw invalidEncoding(name, where);
  const text = windows1252(bytes);
  if (!plausibleWestern(text))
    throw invalidEncoding(name, `${where}, and it is not plausible Windows-1252 text either`);
  return text;
}

/** 0x80-0x9f of Windows-1252; the rest is Latin-1. Node 20's TextDecoder takes the whole for Latin-1. */
const WINDOWS_1252 =
  '\u20AC\u0081\u201A\u0192\u201E\u2026\u2020\u2021\u02C6\u2030\u0160\u2039\u0152\u008D\u017D\u008F\u0090\u2018\u2019\u201C\u201D\u2022\u2013\u2014\u02DC\u2122\u0161\u203A\u0153\u009D\u017E\u0178';

export function windows1252(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  return text.replace(/[\u0080-\u009F]/g, (char) => WINDOWS_1252.charAt(char.charCodeAt(0) - 0x80));
}

function firstInvalidUtf8(bytes: Uint8Array): { offset: number; validMultibyte: boolean } {
  let offset = -1;
  let validMultibyte = false;
  let at = 0;
  while (at < bytes.length) {
    const length = sequenceLength(bytes, at);
    if (length === 0 && offset < 0) offset = at;
    if (length > 1) validMultibyte = true;
    at += Math.max(1, length);
  }
  return { offset, validMultibyte };
}

/** Length of the well-formed UTF-8 sequence at `at`; 0 if there is none. */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] ?? 0;
  if (lead < 0x80) return 1;
  const length =
    lead >= 0xc2 && lead <= 0xdf
      ? 2
      : lead >= 0xe0 && lead <= 0xef
        ? 3
        : lead >= 0xf0 && lead <= 0xf4
          ? 4
          : 0;
  for (let index = 1; index < length; index += 1) {
    if (((bytes[at + index] ?? 0) & 0xc0) !== 0x80) return 0;
  }
  return length;
}

/** At least nine of ten characters above ASCII stand where Western European text has them. */
function plausibleWestern(text: string): boolean {
  let plausible = 0;
  let total = 0;
  for (const match of text.matchAll(/[^\x00-\x7F]+/g)) {
    const run = match[0];
    total += run.length;
    if (plausibleRun(run, text[match.index - 1] ?? '', text[match.index + run.length] ?? ''))
      plausible += run.length;
  }
  return total > 0 && plausible >= total * 0.9;
}

function plausibleRun(run: string, before: string, after: string): boolean {
  if (run.length > 3) return false;
  if (
    /^[\u2013\u2014\u2018\u2019\u201A\u201C-\u201E\u2020-\u2022\u2026\u20AC\u00A0-\u00BF]+$/.test(
      run,
    )
  )
    return true;
  if (/^[«»“”„‘’–—]?[àÀâÂèéÉêóòôúùíìöåøæ][«»“”’…–—]?$/.test(run))
    return isWordEdge(before) || isLetter(before) || isLetter(after);
  // "Ã(" or "cafÃ" are what UTF-8 looks like when cut in half.
  if (/^[ß-öø-þ]{1,2}$/.test(run)) return isLetter(before) || isLetter(after);
  return /^[À-ÖØ-Þ]{1,2}$/.test(run) && !/[a-z]/.test(before) && isLetter(after);
}

function isLetter(char: string): boolean {
  return /^[A-Za-z]$/.test(char);
}

function isWordEdge(char: string): boolean {
  return char === '' || /\s|["'(]/.test(char);
}

function invalidEncoding(name: string, reason: string): ParseError {
  return new ParseError(`"${name}" is not readable text: ${reason}`, {
    code: 'invalid_encoding',
    fix: 'Save the file as UTF-8 text and upload it again.',
  });
}
