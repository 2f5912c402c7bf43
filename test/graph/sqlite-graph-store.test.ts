import { describe, expect, it } from 'vitest';
import { testStores } from './fixtures.ts';
import { graphStoreContract } from './graph-store.contract.ts';

graphStoreContract('SQLite', async () => testStores().graph);

describe('SQLite as a graph store', () => {
  it('answers a walk of two steps among 10,000 facts, the same way each time', async () => {
    const { graph } = testStores();
    const span = { start: 0, end: 1 };
    const end = (n: number) => ({ name: `entity ${n % 2_500}`, type: 'thing' as const, span });
    for (let document = 0; document < 5; document++) {
      const triples = Array.from({ length: 2_000 }, (_, i) => {
        const n = document * 2_000 + i;
        const object = end(n * 31 + Math.floor(n / 2_500) * 17);
        return {
          subject: end(n),
          relation: { name: `relation ${n % 7}`, span },
          object,
          confidence: 0.5,
          negated: false,
          sentence: span,
        };
      });
      await graph.replaceDocument('ws', `doc_${document}`, [
        { chunkId: `chk_${document}`, mentions: [], triples },
      ]);
    }
    const { data } = await graph.entities('ws', {}, { limit: 1 });
    const walk = () => graph.neighbourhood('ws', [data[0]!.id], { depth: 2, limit: 200 });
    const first = await walk();
    expect(first.entities.length).toBeGreaterThan(20);
    expect(await walk()).toEqual(first);
  });
});
