/**
 * Reads safetensors files: u64 header length, JSON header, payload
 * (https://github.com/huggingface/safetensors#format). Everything the header claims is checked against
 * the file before any byte of the payload is used.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { CheckpointError } from '../errors.ts';
import { isObject, parseJsonObject } from './folder.ts';

export interface TensorInfo {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Absolute byte range in the file. */
  readonly start: number;
  readonly end: number;
}

export interface SafetensorsFile {
  readonly path: string;
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  /** Fills `into` from the absolute byte `offset`. */
  readInto(into: Uint8Array, offset: number): void;
  close(): void;
}

const bitsPerElement: Readonly<Record<string, number>> = {
  F64: 64,
  F32: 32,
  F16: 16,
  BF16: 16,
  I64: 64,
  I32: 32,
  I16: 16,
  I8: 8,
  U64: 64,
  U32: 32,
  U16: 16,
  U8: 8,
  BOOL: 8,
  F8_E4M3: 8,
  F8_E5M2: 8,
};

/** The format's own limit. */
const maxHeaderBytes = 100_000_000;

export function openSafetensors(path: string): SafetensorsFile {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (cause) {
    throw new CheckpointError(path, 'cannot be opened', { cause });
  }
  const readInto = (into: Uint8Array, offset: number) => readFully(fd, path, into, offset);
  try {
    const tensors = readHeader(path, fstatSync(fd).size, readInto);
    return { path, tensors, readInto, close: () => closeSync(fd) };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function readHeader(
  path: string,
  fileBytes: number,
  readInto: SafetensorsFile['readInto'],
): Map<string, TensorInfo> {
  if (fileBytes < 8)
    throw new CheckpointError(path, `is truncated: ${fileBytes} bytes cannot hold a header`);
  const prefix = Buffer.alloc(8);
  readInto(prefix, 0);
  const headerBytes = Number(prefix.readBigUInt64LE());
  if (headerBytes > maxHeaderBytes || headerBytes > fileBytes - 8) {
    throw new CheckpointError(
      path,
      `claims a header of ${headerBytes} bytes, but the file has ${fileBytes}`,
    );
  }
  const text = Buffer.alloc(headerBytes);
  readInto(text, 8);
  const header = parseJsonObject(path, text.toString('utf8'));
  const payloadStart = 8 + headerBytes;
  const tensors = new Map<string, TensorInfo>();
  for (const [name, entry] of Object.entries(header)) {
    if (name !== '__metadata__') tensors.set(name, checkEntry(path, name, entry, payloadStart));
  }
  checkLayout(path, tensors, payloadStart, fileBytes);
  return tensors;
}

function checkEntry(path: string, name: string, entry: unknown, payloadStart: number): TensorInfo {
  const fail = (problem: string) => new CheckpointError(path, `tensor "${name}" ${problem}`);
  if (!isObject(entry)) throw fail('is not described by an object');
  const { dtype, shape, data_offsets: offsets } = entry;
  const bits =
    typeof dtype === 'string' && Object.hasOwn(bitsPerElement, dtype)
      ? bitsPerElement[dtype]
      : undefined;
  if (typeof dtype !== 'string' || bits === undefined)
    throw fail(`has the unknown dtype ${JSON.stringify(dtype)}`);
  if (!isSizes(shape)) throw fail(`has no valid shape: ${JSON.stringify(shape)}`);
  if (!isSizes(offsets) || offsets.length !== 2) throw fail('has no valid data_offsets');
  const [begin, end] = offsets as [number, number];
  const bytes = (shape.reduce((product, size) => product * size, 1) * bits) / 8;
  if (!Number.isSafeInteger(bytes) || end - begin !== bytes) {
    throw fail(
      `takes ${bytes} bytes as ${dtype} ${JSON.stringify(shape)}, but its range is [${begin}, ${end}]`,
    );
  }
  return { dtype, shape, start: payloadStart + begin, end: payloadStart + end };
}

/** Ranges must cover the payload without holes or overlaps, as the format demands. */
function checkLayout(
  path: string,
  tensors: Map<string, TensorInfo>,
  payloadStart: number,
  fileBytes: number,
): void {
  const sorted = [...tensors].sort(([, a], [, b]) => a.start - b.start || a.end - b.end);
  let at = payloadStart;
  for (const [name, { start, end }] of sorted) {
    if (start !== at)
      throw new CheckpointError(path, `tensor "${name}" starts at byte ${start} instead of ${at}`);
    at = end;
  }
  if (at !== fileBytes) {
    const what = fileBytes < at ? 'is truncated' : 'has bytes that belong to no tensor';
    throw new CheckpointError(path, `${what}: ${fileBytes} bytes instead of ${at}`);
  }
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && (n as number) >= 0);
}

function readFully(fd: number, path: string, into: Uint8Array, offset: number): void {
  const maxPiece = 1 << 30;
  for (let done = 0; done < into.length;) {
    const n = readSync(fd, into, done, Math.min(maxPiece, into.length - done), offset + done);
    if (n === 0) throw new CheckpointError(path, `is truncated at byte ${offset + done}`);
    done += n;
  }
}
