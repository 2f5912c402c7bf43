/**
 * One chunk's KV as a file:
 *
 *   "GBKV" | u32 version | u32 header length | sha256 of header and its padding (32 bytes)
 *   | header (JSON) | padding | block 0 | padding | block 1 | padding | ...
 *
 * Blocks, one a layer, start at multiples of 4 KiB; the header has a CRC-32 of each with its padding, so that every byte
 * of the file is checked before anybody uses a number. Damage of any kind is a `KvDamage`, which callers treat as a miss.
 * A CRC finds what disks and crashes do at the speed of reading; who can write into the folder needs no forgery.
 */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { EncodedKv, KvShape } from './chunk-kv.ts';

const MAGIC = 0x564b4247; // "GBKV", little endian
const VERSION = 3;
const FIXED_BYTES = 44;
const ALIGNMENT = 4096;
const MAX_HEADER_BYTES = 1 << 20;

interface BlockEntry {
  readonly bytes: number;
  readonly crc32: number;
}

interface Header {
  readonly key: string;
  readonly codec: string;
  readonly shape: KvShape;
  readonly kept?: readonly number[];
  readonly blocks: readonly BlockEntry[];
}

/** Where the blocks of a file lie. */
export interface KvFileMap {
  readonly shape: KvShape;
  readonly codec: string;
  readonly kept?: readonly number[];
  /** One a layer; `end` includes the padding. */
  readonly blocks: readonly {
    readonly start: number;
    readonly bytes: number;
    readonly end: number;
    readonly crc32: number;
  }[];
  /** Of the whole file. */
  readonly bytes: number;
}

/** Why a file is not what it should be. */
export class KvDamage extends Error {
  override readonly name = 'KvDamage';
}

export function formatKvFile(key: string, kv: EncodedKv): Buffer {
  const blocks = kv.blocks.map((block) => ({ bytes: block.byteLength, crc32: paddedCrc(block) }));
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
  const map = mapKvFile(key, file, file.length);
  const blocks = map.blocks.map((_, layer) => checkedBlock(map, layer, file));
  const { shape, codec, kept } = map;
  return { shape, codec, ...(kept && { kept }), blocks };
}

/**
 * Reads the header.
 * @param beginning of the file: the whole header at least
 * @param size of the whole file
 */
export function mapKvFile(key: string, beginning: Buffer, size: number): KvFileMap {
  const { header, end } = parseHeader(beginning);
  if (header.key !== key) throw new KvDamage(`holds key ${header.key}`);
  let offset = end;
  const blocks = header.blocks.map(({ bytes, crc32: expected }, layer) => {
    const start = offset;
    offset += roundUp(bytes);
    if (offset > size) throw new KvDamage(`layer ${layer} is cut off`);
    return { start, bytes, end: offset, crc32: expected };
  });
  if (offset !== size) throw new KvDamage('is longer than it should be');
  const { shape, codec, kept } = header;
  return { shape, codec, ...(kept && { kept }), blocks, bytes: size };
}

/** Bytes that the header takes with everything before the first block, by the file's first bytes. Throws `KvDamage`. */
export function headerBytes(beginning: Buffer): number {
  if (beginning.length < FIXED_BYTES) throw new KvDamage('is shorter than a header');
  if (beginning.readUInt32LE(0) !== MAGIC) throw new KvDamage('is not a KV file');
  const version = beginning.readUInt32LE(4);
  if (version !== VERSION) throw new KvDamage(`has version ${version}`);
  const length = beginning.readUInt32LE(8);
  if (length > MAX_HEADER_BYTES) throw new KvDamage('has an impossible header length');
  return roundUp(FIXED_BYTES + length);
}

/** A view of one layer's block. `file` holds the bytes from the beginning to the block's end. Throws `KvDamage`. */
export function checkedBlock(map: KvFileMap, layer: number, file: Buffer): Uint8Array {
  const { start, bytes, end, crc32: expected } = map.blocks[layer]!;
  if (crc32(file.subarray(start, end)) !== expected) {
    throw new KvDamage(`layer ${layer} has a wrong checksum`);
  }
  return file.subarray(start, start + bytes);
}

function parseHeader(file: Buffer): { header: Header; end: number } {
  const end = headerBytes(file);
  if (end > file.length) throw new KvDamage('has an impossible header length');
  if (!sha256(file.subarray(FIXED_BYTES, end)).equals(file.subarray(12, FIXED_BYTES))) {
    throw new KvDamage('has a wrong header checksum');
  }
  const length = file.readUInt32LE(8);
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

function paddedCrc(block: Uint8Array): number {
  const padding = new Uint8Array(roundUp(block.byteLength) - block.byteLength);
  return crc32(padding, crc32(block));
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function roundUp(offset: number): number {
  return Math.ceil(offset / ALIGNMENT) * ALIGNMENT;
}
