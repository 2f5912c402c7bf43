import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import type { Stores } from '../../graph/index.ts';
import { ingest, remove, temporaryHome, testStores } from './fixtures.ts';
import { lexicalIndexContract } from './lexical-index.contract.ts';
import { seededRandom } from './random.ts';
import { sqliteIndexWriter, storesWithClock } from './sqlite-index-writer.ts';

lexicalIndexContract('SQLite FTS5', () => {
  const opened = storesWithClock();
  return sqliteIndexWriter(opened, opened.stores.lexical);
});

/** What FTS5 itself makes of the question, best first; the table is that of the first workspace. */
function scoredByFts5(home: string, words: readonly string[]): [string, number][] {
  const db = new Database(join(home, 'graphblend.db'), { readonly: true });
  try {
    return db
      .prepare(
        `SELECT c.id, -bm25(chunk_fts_1, 2.5, 1.5, 1.0) AS score FROM chunk_fts_1
         JOIN chunks c ON c.n = chunk_fts_1.rowid WHERE chunk_fts_1 MATCH ? ORDER BY score DESC, c.id`,
      )
      .raw()
      .all(words.map((word) => `"${word}"`).join(' OR ')) as [string, number][];
  } finally {
    db.close();
  }
}

async function scored({ lexical }: Stores, ws: string, words: readonly string[]) {
  const hits = await lexical.search(ws, words.join(' '), { limit: 1_000 });
  return hits.map((hit) => [hit.chunkId, hit.score] as [string, number]);
}

function expectSameScores(found: [string, number][], expected: [string, number][]): void {
  const close = (pairs: [string, number][]) =>
    new Map(pairs.map(([id, score]) => [id, score.toPrecision(6)]));
  expect(close(found)).toEqual(close(expected));
  for (let i = 1; i < found.length; i++) expect(found[i]![1]).toBeLessThanOrEqual(found[i - 1]![1]);
}

describe('SQLite FTS5 as a lexical index', () => {
  it('scores as FTS5 itself does, while documents come, change and go', async () => {
    const home = temporaryHome();
    const reader = testStores(home);
    const writer = testStores(home); // as the ingest thread: the reader learns of it from the file alone
    const ws = reader.corpus.createWorkspace({ name: 'W' }).id;
    const random = seededRandom(5);
    const vocabulary = Array.from({ length: 60 }, (_, i) => `w${i}`).concat(
      'ночь',
      'λόγος',
      'हिन्दी',
    );
    const word = () => vocabulary[Math.floor(random() ** 3 * vocabulary.length)]!;
    const text = (most: number) =>
      Array.from({ length: 1 + Math.floor(random() * most) }, word).join(' ');
    const ids = new Map<string, string>();
    for (let step = 0; step < 120; step++) {
      const key = `d${Math.floor(random() * 30)}`;
      const old = ids.get(key);
      if (old && random() < 0.3) {
        remove(writer.corpus, ws, old);
        ids.delete(key);
      } else {
        const sections = [{ heading: text(3), text: text(40) }, { text: text(10) }];
        ids.set(key, ingest(writer.corpus, ws, key, text(4), sections).documentId);
      }
      const words = [...new Set([word(), word(), word()])];
      expectSameScores(await scored(reader, ws, words), scoredByFts5(home, words));
      if (step === 80) await writer.lexical.rebuild(ws);
    }
  });

  it('counts the chunks that hold a word', async () => {
    const { corpus, lexical } = testStores();
    const ws = corpus.createWorkspace({ name: 'W' }).id;
    ingest(corpus, ws, 'a', 'Crème', ['a falcon and a falcon', 'creme']);
    ingest(corpus, ws, 'b', 'B', ['one falcon']);
    expect(await lexical.documentFrequency(ws, ['falcon', 'CRÈME', 'owl'])).toEqual(
      new Map([
        ['falcon', 2],
        ['CRÈME', 2],
        ['owl', 0],
      ]),
    );
  });

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
