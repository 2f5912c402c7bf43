/**
 * Reads zip archives that may be hostile. The central directory is read here, every entry is inflated by
 * itself, and both what it declares and what really comes out count against the limit.
 */

import { Inflate } from 'fflate';
import { ParseError } from './errors.ts';

export interface ZipEntry {
  readonly name: string;
  /** 0 stored, 8 deflated. */
  readonly method: number;
  readonly encrypted: boolean;
  readonly compressedBytes: number;
  readonly declaredBytes: number;
  readonly headerOffset: number;
}

export interface ZipLimits {
  /** Sum of all inflated entries, bytes. */
  readonly maxInflatedBytes: number;
}

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_HEADER = 0x04034b50;
const MAX_ENTRIES = 20_000;
/** A larger ratio than text ever has; only checked beyond the first 10 MB, since tiny files may pack well. */
const MAX_RATIO = 200;
const RATIO_FROM_BYTES = 10 * 1024 * 1024;
/** Deflate expands at most about 1032 times, so feeding it slices bounds what one call can produce. */
const INPUT_SLICE_BYTES = 16 * 1024;

/** @throws ParseError `damaged_document` without a readable directory, `archive_bomb` with too many entries */
export function listZip(bytes: Uint8Array): ZipEntry[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = findEnd(view);
  const count = view.getUint16(end + 10, true);
  if (count > MAX_ENTRIES) throw bomb(`it holds ${count} files`);
  const entries: ZipEntry[] = [];
  let at = view.getUint32(end + 16, true);
  for (let index = 0; index < count; index += 1) {
    const { entry, next } = readDirectoryEntry(bytes, view, at);
    entries.push(entry);
    at = next;
  }
  return entries;
}

/**
 * Inflates the wanted entries one by one.
 * @throws ParseError `archive_bomb`, `encrypted_document` or `damaged_document`
 */
export function readZip(
  bytes: Uint8Array,
  wanted: (name: string) => boolean,
  limits: ZipLimits,
): Map<string, Uint8Array> {
  const entries = listZip(bytes);
  refuseDeclaredBomb(entries, bytes.length, limits);
  const files = new Map<string, Uint8Array>();
  let total = 0;
  for (const entry of entries) {
    if (entry.name.endsWith('/') || !wanted(entry.name)) continue;
    if (entry.encrypted) throw encryptedEntry(entry.name);
    const content = inflateEntry(bytes, entry, limits.maxInflatedBytes - total);
    total += content.length;
    if (total > RATIO_FROM_BYTES && total > bytes.length * MAX_RATIO)
      throw bomb(ratioReason(total, bytes.length));
    files.set(entry.name, content);
  }
  return files;
}

function findEnd(view: DataView): number {
  const lowest = Math.max(0, view.byteLength - 22 - 0xffff);
  for (let at = view.byteLength - 22; at >= lowest; at -= 1) {
    if (view.getUint32(at, true) === END_OF_DIRECTORY) return at;
  }
  throw truncated('its directory is missing, so the file was cut off or is not a zip archive');
}

function readDirectoryEntry(
  bytes: Uint8Array,
  view: DataView,
  at: number,
): { entry: ZipEntry; next: number } {
  if (at + 46 > view.byteLength || view.getUint32(at, true) !== DIRECTORY_ENTRY)
    throw truncated('its directory is damaged');
  const nameLength = view.getUint16(at + 28, true);
  const entry: ZipEntry = {
    name: Buffer.from(bytes.subarray(at + 46, at + 46 + nameLength))
      .toString('utf8')
      .replaceAll('\\', '/'),
    encrypted: (view.getUint16(at + 8, true) & 1) === 1,
    method: view.getUint16(at + 10, true),
    compressedBytes: view.getUint32(at + 20, true),
    declaredBytes: view.getUint32(at + 24, true),
    headerOffset: view.getUint32(at + 42, true),
  };
  return {
    entry,
    next: at + 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true),
  };
}

function refuseDeclaredBomb(
  entries: readonly ZipEntry[],
  archiveBytes: number,
  limits: ZipLimits,
): void {
  const declared = entries.reduce((sum, entry) => sum + entry.declaredBytes, 0);
  if (declared > limits.maxInflatedBytes)
    throw bomb(`its files say they inflate to ${megabytes(declared)}`);
  if (declared > RATIO_FROM_BYTES && declared > archiveBytes * MAX_RATIO)
    throw bomb(ratioReason(declared, archiveBytes));
}

function inflateEntry(bytes: Uint8Array, entry: ZipEntry, budget: number): Uint8Array {
  const data = entryData(bytes, entry);
  if (entry.method === 0) {
    if (data.length > budget) throw bomb(`its files hold more than ${megabytes(budget)}`);
    return data;
  }
  if (entry.method !== 8)
    throw truncated(`"${entry.name}" uses compression method ${entry.method}, which is not read`);
  return inflate(data, entry.name, budget);
}

function entryData(bytes: Uint8Array, entry: ZipEntry): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = entry.headerOffset;
  if (at + 30 > view.byteLength || view.getUint32(at, true) !== LOCAL_HEADER)
    throw truncated(`"${entry.name}" is missing in it`);
  const start = at + 30 + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
  const end = start + entry.compressedBytes;
  if (end > bytes.length) throw truncated(`"${entry.name}" is cut off`);
  return bytes.subarray(start, end);
}

function inflate(data: Uint8Array, name: string, budget: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let size = 0;
  let finished = false;
  const stream = new Inflate((part, last) => {
    size += part.length;
    if (size > budget) throw bomb(`"${name}" inflates to more than ${megabytes(budget)}`);
    parts.push(part);
    finished ||= last;
  });
  try {
    for (let at = 0; at < data.length; at += INPUT_SLICE_BYTES) {
      const end = Math.min(data.length, at + INPUT_SLICE_BYTES);
      stream.push(data.subarray(at, end), end === data.length);
    }
  } catch (error) {
    if (error instanceof ParseError) throw error;
    throw truncated(
      `"${name}" in it is damaged (${error instanceof Error ? error.message : String(error)})`,
    );
  }
  if (!finished && data.length > 0) throw truncated(`"${name}" in it is cut off`);
  return Buffer.concat(parts, size);
}

function bomb(reason: string): ParseError {
  return new ParseError(`The archive looks like a zip bomb: ${reason}`, {
    code: 'archive_bomb',
    fix: 'Save the document again with the program it comes from; very large ones must be split.',
  });
}

function encryptedEntry(name: string): ParseError {
  return new ParseError(`"${name}" in the archive is encrypted`, {
    code: 'encrypted_document',
    fix: 'Save the document without a password and upload it again.',
  });
}

function truncated(reason: string): ParseError {
  return new ParseError(`The archive could not be read: ${reason}`, {
    code: 'damaged_document',
    fix: 'Upload the file again; if it stays so, save it again with the program it comes from.',
  });
}

function ratioReason(inflated: number, archive: number): string {
  return `${megabytes(archive)} inflate to ${megabytes(inflated)}`;
}

function megabytes(bytes: number): string {
  return bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
