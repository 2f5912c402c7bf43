import { describe, expect, it } from 'vitest';
import { ingest, testStores } from './fixtures.ts';
import { lexicalIndexContract } from './lexical-index.contract.ts';
import { sqliteIndexWriter } from './sqlite-index-writer.ts';

lexicalIndexContract('SQLite FTS5', () => {
  const stores = testStores();
  return sqliteIndexWriter(stores, stores.lexical);
});

describe('SQLite FTS5 as a lexical index', () => {
  it('gives the same hits and scores after it was made anew from the chunks', async () => {
    const { corpus, lexical } = testStores();
    const ws = corpus.createWorkspace({ name: 'W' }).id;
    for (let i = 0; i < 10; i++)
      ingest(corpus, ws, `d${i}`, `Title ${i}`, [`a falcon ${'flies '.repeat(i)}`, 'a bird']);
    ingest(corpus, ws, 'd3', 'Title 3', ['no more']);
    const before = await lexical.search(ws, 'falcon title', { limit: 30 });
    await lexical.rebuild(ws);
    expect(await lexical.search(ws, 'falcon title', { limit: 30 })).toEqual(before);
    expect(before.length).toBeGreaterThan(10);
  });
});
