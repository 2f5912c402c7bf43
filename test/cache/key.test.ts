import fc from 'fast-check';
import { expect, it } from 'vitest';
import { chunkKvKey, type ChunkKvIdentity } from '../../cache/key.ts';

const hex = (least: number) =>
  fc
    .uint8Array({ minLength: least, maxLength: 40 })
    .map((bytes) => Buffer.from(bytes).toString('hex'));
const ids = fc
  .array(fc.integer({ min: 0, max: 70_000 }), { maxLength: 6 })
  .map((list) => Int32Array.from(list));

const identity: fc.Arbitrary<ChunkKvIdentity> = fc.record({
  model: fc.string({ unit: 'grapheme', maxLength: 4 }),
  tokenizer: fc.string({ maxLength: 4 }),
  prefixIds: ids,
  chunkIds: ids,
  variant: fc.string({ maxLength: 4 }),
  codec: fc.constantFrom('fp32', 'fp16'),
  workspaceSalt: hex(16),
});

it('two identities have the same key only if all their fields are the same', () => {
  fc.assert(
    fc.property(identity, identity, (a, b) => {
      for (const field of Object.keys(a) as (keyof ChunkKvIdentity)[]) {
        const changed = { ...a, [field]: b[field] };
        const same = JSON.stringify(changed) === JSON.stringify(a);
        expect(chunkKvKey(changed) === chunkKvKey(a)).toBe(same);
      }
    }),
    { numRuns: 300 },
  );
});

const plain: ChunkKvIdentity = {
  model: 'm',
  tokenizer: 't',
  prefixIds: Int32Array.of(1, 2),
  chunkIds: Int32Array.of(3, 4),
  variant: 'plain',
  codec: 'fp16',
  workspaceSalt: 'ab'.repeat(32),
};

it('a token cannot wander from one field into its neighbour without changing the key', () => {
  const keys = [
    plain,
    { ...plain, prefixIds: Int32Array.of(1, 2, 3), chunkIds: Int32Array.of(4) },
    { ...plain, prefixIds: Int32Array.of(1), chunkIds: Int32Array.of(2, 3, 4) },
    { ...plain, model: 'mtokenizer:1:', tokenizer: '' },
    { ...plain, model: '', tokenizer: 'mt' },
    { ...plain, variant: 'plaincodec:4:fp16', codec: '' },
  ].map(chunkKvKey);
  expect(new Set(keys).size).toBe(keys.length);
});

it('text that imitates the next field does not become it', () => {
  for (const tag of ['', 'tokenizer', 'tokenizer:', 'tokenizer:1:']) {
    const one = chunkKvKey({ ...plain, model: 'a', tokenizer: `b${tag}c` });
    const other = chunkKvKey({ ...plain, model: `a${tag}b`, tokenizer: 'c' });
    expect(one, tag).not.toBe(other);
  }
});

it('a key is 64 hex characters and the same in every process', () => {
  expect(chunkKvKey(plain)).toMatch(/^[0-9a-f]{64}$/);
  expect(chunkKvKey(plain)).toMatchInlineSnapshot(
    `"a1e3c3b5cb060041ae0c0a90e308d9e902cf91d30e9344369e9c87c00ed6aff8"`,
  );
});

it('two workspaces never share a key, and a salt that is no proper secret is refused', () => {
  expect(chunkKvKey({ ...plain, workspaceSalt: 'ac'.repeat(32) })).not.toBe(chunkKvKey(plain));
  for (const workspaceSalt of ['', 'ab', 'zz'.repeat(32), `${'ab'.repeat(32)}x`]) {
    expect(() => chunkKvKey({ ...plain, workspaceSalt })).toThrow(/salt/);
  }
});
