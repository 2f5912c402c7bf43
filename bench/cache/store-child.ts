/** Stores KV files until it is killed; see damage.bench.ts. */
import { createHash } from 'node:crypto';
import { DiskTier } from '../../cache/disk-tier.ts';
import { seededRandom } from './traces.ts';

const [directory, seed] = process.argv.slice(2);
const random = seededRandom(Number(seed));
const tier = new DiskTier({ directory: directory!, budgetBytes: 1e9 });
process.send!('ready');
for (let i = 0; ; i++) {
  const key = createHash('sha256').update(`${seed} ${i}`).digest('hex');
  const shape = { layers: 4, kvHeads: 2, headDim: 32, tokens: 20 + Math.floor(random() * 200) };
  const block = new Uint8Array(shape.kvHeads * shape.headDim * shape.tokens * 4).fill(
    random() * 256,
  );
  tier.put(key, {
    shape,
    codec: 'fp16',
    blocks: Array.from({ length: shape.layers }, () => block),
  });
}
