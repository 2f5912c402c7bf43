/**
 * A checkpoint folder on disk. If it holds a `SHA256SUMS` file (the format of `sha256sum`), every
 * file that is read through it must match: that is the only way to notice a flipped bit in weights.
 */
import { createHash, type Hash } from 'node:crypto';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { CheckpointError } from '../errors.ts';

export const checksumFile = 'SHA256SUMS';
/** Says which repository and commit, or which folder, a pulled checkpoint came from. */
export const sourceFile = 'graphblend-source.json';

export type JsonObject = Readonly<Record<string, unknown>>;

export interface CheckpointFolder {
  readonly path: string;
  has(name: string): boolean;
  pathOf(name: string): string;
  /** The file's bytes, checked against `SHA256SUMS`. */
  read(name: string): Buffer;
  readText(name: string): string;
  readJson(name: string): JsonObject;
  /** `readJson`, or `undefined` if there is no such file. */
  readJsonIfPresent(name: string): JsonObject | undefined;
  /** Hashes a large file in pieces and compares it with `SHA256SUMS`; does nothing if it is not listed. */
  verify(name: string): void;
}

/** @param sha256 of a large file; a memo of it saves reading the file again */
export function openCheckpointFolder(
  path: string,
  sha256: (path: string) => string = (file) => hashFile(file).digest('hex'),
): CheckpointFolder {
  if (!existsSync(path)) {
    throw new CheckpointError(path, 'there is no such folder', {
      fix: 'Give the path of a checkpoint folder.',
    });
  }
  const sums = readSums(path);
  const pathOf = (name: string) => join(path, name);
  const has = (name: string) => existsSync(pathOf(name));

  function read(name: string): Buffer {
    const bytes = readOrThrow(pathOf(name));
    compare(pathOf(name), sums.get(name), createHash('sha256').update(bytes).digest('hex'));
    return bytes;
  }
  function readText(name: string): string {
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(read(name));
    } catch (cause) {
      if (cause instanceof CheckpointError) throw cause;
      throw new CheckpointError(pathOf(name), 'is not valid UTF-8', { cause });
    }
  }
  function readJson(name: string): JsonObject {
    return parseJsonObject(pathOf(name), readText(name));
  }
  function verify(name: string): void {
    const expected = sums.get(name);
    if (expected !== undefined) compare(pathOf(name), expected, sha256(pathOf(name)));
  }
  return {
    path,
    has,
    pathOf,
    read,
    readText,
    readJson,
    readJsonIfPresent: (name) => (has(name) ? readJson(name) : undefined),
    verify,
  };
}

export function parseJsonObject(file: string, text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new CheckpointError(file, 'is not valid JSON', { cause });
  }
  if (!isObject(value)) throw new CheckpointError(file, 'should hold a JSON object');
  return value;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A file of any size, read in pieces of 4 MiB, through a hash; sha256 by default. */
export function hashFile(path: string, hash: Hash = createHash('sha256')): Hash {
  const fd = openSync(path, 'r');
  try {
    const piece = Buffer.allocUnsafe(4 << 20);
    for (let n = readSync(fd, piece); n > 0; n = readSync(fd, piece))
      hash.update(piece.subarray(0, n));
  } finally {
    closeSync(fd);
  }
  return hash;
}

function readSums(folder: string): Map<string, string> {
  const path = join(folder, checksumFile);
  const sums = new Map<string, string>();
  if (!existsSync(path)) return sums;
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line.trim() === '') continue;
    const match = /^([0-9a-f]{64}) [ *](.+)$/.exec(line);
    if (!match)
      throw new CheckpointError(
        path,
        `has a line that is not "<sha256>  <file>": ${line.slice(0, 80)}`,
      );
    sums.set(match[2]!, match[1]!);
  }
  return sums;
}

function readOrThrow(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new CheckpointError(path, 'cannot be read', { cause });
  }
}

function compare(path: string, expected: string | undefined, got: string): void {
  if (expected !== undefined && got !== expected)
    throw new CheckpointError(path, `has sha256 ${got}, but ${checksumFile} says ${expected}`);
}

/** Compares every file that `SHA256SUMS` lists. Throws `CheckpointError` that names the first damaged or missing one. */
export function verifyFiles(path: string): { readonly checked: number; readonly unlisted: number } {
  const folder = openCheckpointFolder(path);
  const sums = readSums(path);
  for (const name of sums.keys()) {
    if (!folder.has(name)) throw new CheckpointError(folder.pathOf(name), 'is missing');
    folder.verify(name);
  }
  const own = new Set([checksumFile, sourceFile]);
  const files = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isFile());
  const unlisted = files.filter(({ name }) => !sums.has(name) && !own.has(name)).length;
  return { checked: sums.size, unlisted };
}
