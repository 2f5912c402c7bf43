/**
 * One chunk's KV as a file:
 *
 *   "GBKV" | u32 version | u32 header length | sha256 of header and its padding (32 bytes)
 *   | header (JSON) | padding | block 0 | padding | block 1 | padding | ...
 *
 * Blocks, one a layer, start at multiples of 4 KiB; the header has a sha256 of each with its padding, so that
 * every byte of the file is checked. `parseKvFile` checks before anybody uses a number: damage of any kind is a
 * `KvDamage`, which callers treat as a miss.
 */
import { createHash } from 'node:crypto';
import type { EncodedKv, KvShape } from './chunk-kv.ts';

const MAGIC = 0x564b4247; // "GBKV", little endian
const VERSION = 2;
const FIXED_BYTES = 44;
const ALIGNMENT = 4096;
const MAX_HEADER_BYTES = 1 << 20;

interface BlockEntry {
  readonly bytes: number;
  readonly sha256: string;
}

interface Header {
  readonly key: string;
  readonly codec: string;
  readonly shape: KvShape;
  readonly kept?: readonly number[];
  readonly blocks: readonly BlockEntry[];
}

/** Why a file is not what it should be. */
export class KvDamage extends Error {
  override readonly name = 'KvDamage';
}

export function formatKvFile(key: string, kv: EncodedKv): Buffer {
  const blocks = kv.blocks.map((block) => ({
    bytes: block.byteLength,
    sha256: paddedSha256(block),
  }));
  const header = Buffer.from(
    JSON.stringify({
      key,
      codec: kv.codec,
      shape: kv.shape,
      ...(kv.kept && { kept: kv.kept }),
      blocks,
    } satisfies Header),
  );
  let offset = roundUp(FIXED_BYTES + header.length);
  const file = Buffer.alloc(blocks.reduce((size, { bytes }) => size + roundUp(bytes), offset));
  file.writeUInt32LE(MAGIC, 0);
  file.writeUInt32LE(VERSION, 4);
  file.writeUInt32LE(header.length, 8);
  header.copy(file, FIXED_BYTES);
  sha256(file.subarray(FIXED_BYTES, offset)).copy(file, 12);
  for (const block of kv.blocks) {
    file.set(block, offset);
    offset += roundUp(block.byteLength);
  }
  return file;
}

/** Returns views into `file`. Throws `KvDamage`. */
export function parseKvFile(key: string, file: Buffer): EncodedKv {
  const { header, end } = parseHeader(file);
  if (header.key !== key) throw new KvDamage(`holds key ${header.key}`);
  let offset = end;
  const blocks = header.blocks.map(({ bytes, sha256: expected }, layer) => {
    const padded = file.subarray(offset, offset + roundUp(bytes));
    if (padded.length < roundUp(bytes)) throw new KvDamage(`layer ${layer} is cut off`);
    if (sha256(padded).toString('hex') !== expected) {
      throw new KvDamage(`layer ${layer} has a wrong checksum`);
    }
    offset += padded.length;
    return padded.subarray(0, bytes);
  });
  if (offset !== file.length) throw new KvDamage('is longer than it should be');
  const { shape, codec, kept } = header;
  return { shape, codec, ...(kept && { kept }), blocks };
}

function parseHeader(file: Buffer): { header: Header; end: number } {
  if (file.length < FIXED_BYTES) throw new KvDamage('is shorter than a header');
  if (file.readUInt32LE(0) !== MAGIC) throw new KvDamage('is not a KV file');
  if (file.readUInt32LE(4) !== VERSION) throw new KvDamage(`has version ${file.readUInt32LE(4)}`);
  const length = file.readUInt32LE(8);
  const end = roundUp(FIXED_BYTES + length);
  if (length > MAX_HEADER_BYTES || end > file.length) {
    throw new KvDamage('has an impossible header length');
  }
  if (!sha256(file.subarray(FIXED_BYTES, end)).equals(file.subarray(12, FIXED_BYTES))) {
    throw new KvDamage('has a wrong header checksum');
  }
  const header = parseJson(file.toString('utf8', FIXED_BYTES, FIXED_BYTES + length));
  if (!isHeader(header)) throw new KvDamage('has a header of another form');
  return { header, end };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new KvDamage('has a header that is not JSON');
  }
}

function isHeader(value: unknown): value is Header {
  const { key, codec, shape, kept, blocks } = (value ?? {}) as Partial<Header>;
  return (
    typeof key === 'string' &&
    typeof codec === 'string' &&
    [shape?.layers, shape?.kvHeads, shape?.headDim, shape?.tokens].every(isCount) &&
    (kept === undefined || Array.isArray(kept)) &&
    Array.isArray(blocks) &&
    blocks.length === shape?.layers &&
    blocks.every(({ bytes }: BlockEntry) => isCount(bytes))
  );
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

function paddedSha256(block: Uint8Array): string {
  const padding = new Uint8Array(roundUp(block.byteLength) - block.byteLength);
  return createHash('sha256').update(block).update(padding).digest('hex');
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function roundUp(offset: number): number {
  return Math.ceil(offset / ALIGNMENT) * ALIGNMENT;
}
