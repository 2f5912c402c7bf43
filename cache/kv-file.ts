/**
 * One chunk's KV as a file:
 *
 *   "GBKV" | u32 version | u32 header length | sha256 of header (32 bytes) | header (JSON) | padding | blocks
 *
 * Blocks start at multiples of 4 KiB, one a layer, each with a sha256 in the header. `parseKvFile` checks
 * everything before anybody uses a number: damage of any kind is a `KvDamage`, which callers treat as a miss.
 */
import { createHash } from 'node:crypto';
import type { EncodedKv, KvShape } from './chunk-kv.ts';

const MAGIC = 0x564b4247; // "GBKV", little endian
const VERSION = 1;
const FIXED_BYTES = 44;
const ALIGNMENT = 4096;
const MAX_HEADER_BYTES = 1 << 20;

interface BlockEntry {
  readonly offset: number;
  readonly bytes: number;
  readonly sha256: string;
}

interface Header {
  readonly key: string;
  readonly codec: string;
  readonly shape: KvShape;
  readonly blocks: readonly BlockEntry[];
}

/** Why a file is not what it should be. */
export class KvDamage extends Error {
  override readonly name = 'KvDamage';
}

export function formatKvFile(key: string, kv: EncodedKv): Buffer {
  // The header's length depends on the offsets in it: reserve whole pages for it first.
  const headerPages = Math.ceil((FIXED_BYTES + 256 + kv.blocks.length * 128) / ALIGNMENT);
  const blocks: BlockEntry[] = [];
  let offset = headerPages * ALIGNMENT;
  for (const block of kv.blocks) {
    blocks.push({ offset, bytes: block.byteLength, sha256: sha256(block) });
    offset = roundUp(offset + block.byteLength);
  }
  const header = Buffer.from(
    JSON.stringify({ key, codec: kv.codec, shape: kv.shape, blocks } satisfies Header),
  );
  const file = Buffer.alloc(offset);
  file.writeUInt32LE(MAGIC, 0);
  file.writeUInt32LE(VERSION, 4);
  file.writeUInt32LE(header.length, 8);
  createHash('sha256').update(header).digest().copy(file, 12);
  header.copy(file, FIXED_BYTES);
  kv.blocks.forEach((block, l) => file.set(block, blocks[l]!.offset));
  return file;
}

/** Returns views into `file`. Throws `KvDamage`. */
export function parseKvFile(key: string, file: Buffer): EncodedKv {
  const header = parseHeader(file);
  if (header.key !== key) throw new KvDamage(`holds key ${header.key}`);
  if (header.blocks.length !== header.shape.layers)
    throw new KvDamage('blocks do not match layers');
  const blocks = header.blocks.map((entry, l) => {
    if (entry.offset + entry.bytes > file.length) throw new KvDamage(`layer ${l} is cut off`);
    const block = file.subarray(entry.offset, entry.offset + entry.bytes);
    if (sha256(block) !== entry.sha256) throw new KvDamage(`layer ${l} has a wrong checksum`);
    return block;
  });
  return { shape: header.shape, codec: header.codec, blocks };
}

function parseHeader(file: Buffer): Header {
  if (file.length < FIXED_BYTES) throw new KvDamage('is shorter than a header');
  if (file.readUInt32LE(0) !== MAGIC) throw new KvDamage('is not a KV file');
  if (file.readUInt32LE(4) !== VERSION) throw new KvDamage(`has version ${file.readUInt32LE(4)}`);
  const length = file.readUInt32LE(8);
  if (length > MAX_HEADER_BYTES || FIXED_BYTES + length > file.length) {
    throw new KvDamage('has an impossible header length');
  }
  const header = file.subarray(FIXED_BYTES, FIXED_BYTES + length);
  if (!createHash('sha256').update(header).digest().equals(file.subarray(12, FIXED_BYTES))) {
    throw new KvDamage('has a wrong header checksum');
  }
  return JSON.parse(header.toString('utf8')) as Header;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function roundUp(offset: number): number {
  return Math.ceil(offset / ALIGNMENT) * ALIGNMENT;
}
