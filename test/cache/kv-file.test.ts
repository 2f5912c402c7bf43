import { expect, it } from 'vitest';
import { formatKvFile, KvDamage, parseKvFile } from '../../cache/kv-file.ts';
import { seededRandom } from '../engine/support/fixtures.ts';
import { mutate } from '../engine/support/folders.ts';
import { bytesOf, someKey, someKv } from './kv-fixtures.ts';

const key = someKey(1);
const kv = someKv(1);
const file = formatKvFile(key, kv);

it('a file gives back the KV that was stored, its blocks on page borders', () => {
  const read = parseKvFile(key, file);
  expect(bytesOf(read)).toBe(bytesOf(kv));
  expect({ shape: read.shape, codec: read.codec }).toEqual({ shape: kv.shape, codec: kv.codec });
  expect(read.blocks.every((block) => (block.byteOffset - file.byteOffset) % 4096 === 0)).toBe(
    true,
  );
});

it('300 random flips, cuts and additions are all found out', () => {
  const random = seededRandom(11);
  for (let n = 0; n < 300; n++) {
    const damaged = mutate(file, random);
    expect(() => parseKvFile(key, damaged), `damage ${n}`).toThrow(KvDamage);
  }
});

it('a flip of every single bit of the first page is found out, padding included', () => {
  for (let bit = 0; bit < 4096 * 8; bit += 7) {
    const damaged = Buffer.from(file);
    damaged[bit >> 3]! ^= 1 << (bit & 7);
    expect(() => parseKvFile(key, damaged), `bit ${bit}`).toThrow(KvDamage);
  }
});

it('a whole and undamaged file of another key is refused', () => {
  expect(() => parseKvFile(someKey(2), file)).toThrow(/holds key/);
});

it('an empty file and one of another format are damage, not a crash', () => {
  for (const other of [Buffer.alloc(0), Buffer.from('{}'), Buffer.alloc(10_000, 0x47)]) {
    expect(() => parseKvFile(key, other)).toThrow(KvDamage);
  }
});
