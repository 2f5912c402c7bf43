/** Stores one large chunk, run where files may not become that large; see disk-tier.test.ts. */
import { DiskTier } from '../../cache/disk-tier.ts';

const shape = { layers: 2, kvHeads: 2, headDim: 4, tokens: 5000 };
const blocks = [new Uint8Array(160_000), new Uint8Array(160_000)];
const disk = new DiskTier({
  directory: process.argv[2]!,
  budgetBytes: 1e9,
  onFault: ({ kind, reason }) => console.log(`${kind}: ${reason}`),
});
const stored = disk.put('ab'.repeat(32), { shape, codec: 'fp16', blocks });
console.log(stored ? 'stored' : 'not stored');
