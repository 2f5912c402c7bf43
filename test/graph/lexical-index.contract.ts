/** What every LexicalIndex must do. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { LexicalIndex } from '../../graph/index.ts';
import type { IndexWriter } from './index-writer.ts';
import { passes, randomAttributes, randomFilter, type FilteredDocument } from './search-filters.ts';
import { seededRandom } from './random.ts';

export function lexicalIndexContract(name: string, factory: () => IndexWriter<LexicalIndex>): void {
  describe(`${name} as a lexical index`, () => {
    let writer: IndexWriter<LexicalIndex>;
    let ws: string;
    beforeEach(() => {
      writer = factory();
      ws = writer.createWorkspace();
    });
    const search = async (query: string, limit = 10, documentIds?: readonly string[]) =>
      (
        await writer.index.search(ws, query, {
          limit,
          ...(documentIds && { filter: { documentIds } }),
        })
      ).map((hit) => hit.chunkId);

    it.each([
      ['any accent', 'The Café opened in Malmö.', 'cafe malmo'],
      ['letters that have no accent to take off', 'Søren lived at Ærø near Łódź.', 'SOREN'],
      ['a possessive', 'Curie’s laboratory was cold.', 'Curie'],
      ['a possessive in the question', 'Curie worked there.', "curie's"],
      ['a letter case', 'NASA launched it.', 'nasa'],
      ['Cyrillic', 'Москва стоит на реке.', 'москва'],
      ['Chinese inside a sentence', '我住在東京塔附近。', '東京'],
      ['full-width letters', 'ＡＢＣ company', 'abc'],
      ['signs around a word', 'He wrote "C++" code.', 'C++'],
      ['only stop words', 'To be or not to be.', 'to be or not'],
    ])('finds %s', async (_what, text, query) => {
      const { chunkIds } = writer.put(ws, 'a', [{ text }]);
      writer.put(ws, 'b', [{ text: 'Something else altogether.' }]);
      expect(await search(query)).toEqual(chunkIds);
    });

    it('does not let stop words find anything when a telling word is there', async () => {
      writer.put(ws, 'a', [{ text: 'What is the matter with it?' }]);
      expect(await search('What is the photosynthesis?')).toEqual([]);
    });

    it.each(['', '   ', '?!', '"', '***', '- - -', '()'])('finds nothing for %j', async (query) => {
      writer.put(ws, 'a', [{ text: 'Some words.' }]);
      expect(await search(query)).toEqual([]);
      expect(await writer.index.phrase(ws, query, 5)).toEqual([]);
    });

    it.each([
      'words AND NOT',
      'words*',
      'text:words',
      '"words',
      "words' OR 1=1 --",
      'NEAR(words some)',
      '^words',
      'words)',
      '{words}',
      'words\u0000',
    ])('takes %j as words, not as an expression', async (query) => {
      const { chunkIds } = writer.put(ws, 'a', [{ text: 'Some words.' }]);
      expect(await search(query)).toEqual(chunkIds);
    });

    it('does not take a star for a prefix', async () => {
      writer.put(ws, 'a', [{ text: 'Some words.' }]);
      expect(await search('wor*')).toEqual([]);
    });

    it('weighs title above heading above text, and more words above fewer', async () => {
      const filler = 'and further remarks about nothing in particular';
      const text = writer.put(ws, 't', [{ title: 'One', heading: 'Two', text: `falcon ${filler}` }])
        .chunkIds[0];
      const heading = writer.put(ws, 'h', [
        { title: 'One', heading: 'Falcon', text: `thing ${filler} x` },
      ]).chunkIds[0];
      const title = writer.put(ws, 'ti', [
        { title: 'Falcon', heading: 'Two', text: `thing ${filler} y` },
      ]).chunkIds[0];
      for (let i = 0; i < 8; i++)
        writer.put(ws, `x${i}`, [{ title: 'One', heading: 'Two', text: `thing ${filler} ${i}` }]);
      expect(await search('falcon')).toEqual([title, heading, text]);
      const both = writer.put(ws, 'b', [
        { title: 'One', heading: 'Two', text: `falcon eagle ${filler}` },
      ]).chunkIds[0];
      expect((await search('falcon eagle'))[0]).toBe(both);
      const hits = await writer.index.search(ws, 'falcon', { limit: 10 });
      expect(hits.map((hit) => hit.score)).toEqual(
        hits.map((hit) => hit.score).sort((a, b) => b - a),
      );
    });

    it('finds a phrase only where its words follow each other in the text', async () => {
      const [yes] = writer.put(ws, 'a', [
        { text: 'She won the Nobel Prize’s first share.' },
      ]).chunkIds;
      writer.put(ws, 'b', [{ title: 'Nobel Prize', text: 'A prize by Nobel.' }]);
      expect(await writer.index.phrase(ws, 'nobel PRIZE', 5)).toEqual([yes]);
      expect(await writer.index.phrase(ws, 'Prize Nobel', 5)).toEqual([]);
    });

    it('searches only the documents asked for, and never disabled ones', async () => {
      const a = writer.put(ws, 'a', [{ text: 'red apple' }]);
      const b = writer.put(ws, 'b', [{ text: 'red pear' }]);
      expect(await search('red', 10, [b.documentId])).toEqual(b.chunkIds);
      expect(await search('red', 10, [])).toEqual([]);
      writer.setEnabled(ws, b.documentId, false);
      expect(await search('red')).toEqual(a.chunkIds);
      expect(await search('red', 10, [b.documentId])).toEqual([]);
      expect(await writer.index.phrase(ws, 'red pear', 5)).toEqual([]);
      writer.setEnabled(ws, b.documentId, true);
      expect(await search('red', 10, [b.documentId])).toEqual(b.chunkIds);
    });

    it('fills the limit from allowed documents however many others match better', async () => {
      for (let i = 0; i < 30; i++) {
        const { documentId } = writer.put(ws, `loud ${i}`, [
          { title: 'red red', text: `red red red ${i}` },
        ]);
        if (i % 2 === 0) writer.setEnabled(ws, documentId, false);
      }
      const quiet = [1, 2, 3].map((i) =>
        writer.put(ws, `quiet ${i}`, [{ text: `a long and quiet remark that ends in red ${i}` }]),
      );
      expect(
        await search(
          'red',
          3,
          quiet.map((put) => put.documentId),
        ),
      ).toHaveLength(3);
      expect(await search('red', 15)).toHaveLength(15);
    });

    it('gives under any filter what the whole ranking has of the allowed documents', async () => {
      const random = seededRandom(3);
      const documents = Array.from({ length: 40 }, (_, i): FilteredDocument => {
        const attributes = randomAttributes(random);
        const texts = [1, 2].map((n) => ({
          text: `${'red '.repeat(1 + ((i * n) % 7))} ${i} ${n}`,
        }));
        const put = writer.put(ws, `d${i}`, texts, attributes);
        const enabled = random() < 0.8;
        if (!enabled) writer.setEnabled(ws, put.documentId, false);
        return { ...put, ...attributes, enabled };
      });
      const owner = new Map(documents.flatMap((d) => d.chunkIds.map((id) => [id, d] as const)));
      const all = await search('red', 1_000);
      expect(all).toHaveLength(2 * documents.filter((d) => d.enabled).length);
      for (let i = 0; i < 150; i++) {
        const filter = randomFilter(documents, random);
        const limit = 1 + Math.floor(random() * 30);
        const hits = await writer.index.search(ws, 'red', { limit, filter });
        const expected = all.filter((id) => passes(owner.get(id)!, filter)).slice(0, limit);
        expect(
          hits.map((hit) => hit.chunkId),
          JSON.stringify(filter),
        ).toEqual(expected);
      }
    });

    it('forgets removed and replaced chunks exactly', async () => {
      const a = writer.put(ws, 'a', [{ text: 'old words here' }, { text: 'common words' }]);
      const b = writer.put(ws, 'a', [{ text: 'new words here' }, { text: 'common words' }]);
      expect(await search('old')).toEqual([]);
      expect(await search('new')).toEqual([b.chunkIds[0]]);
      expect(await search('common')).toEqual([a.chunkIds[1]]);
      expect(await writer.index.count(ws)).toBe(2);
      writer.remove(ws, b.documentId);
      expect(await search('common words')).toEqual([]);
      expect(await writer.index.count(ws)).toBe(0);
    });

    it("keeps workspaces apart: neither hits nor scores depend on another tenant's chunks", async () => {
      writer.put(ws, 'a', [{ text: 'rare falcon' }]);
      writer.put(ws, 'b', [{ text: 'other bird' }]);
      const before = await writer.index.search(ws, 'falcon', { limit: 5 });
      const other = writer.createWorkspace();
      for (let i = 0; i < 20; i++) writer.put(other, `x${i}`, [{ text: `falcon number ${i}` }]);
      expect(await writer.index.search(ws, 'falcon', { limit: 5 })).toEqual(before);
      expect(await writer.index.search(other, 'falcon', { limit: 50 })).toHaveLength(20);
      expect(await writer.index.search('ws_none', 'falcon', { limit: 5 })).toEqual([]);
      writer.deleteWorkspace(other);
      expect(await writer.index.search(other, 'falcon', { limit: 5 })).toEqual([]);
      expect(await writer.index.count(other)).toBe(0);
    });

    it('answers a question of 10,000 words', async () => {
      const { chunkIds } = writer.put(ws, 'a', [{ text: 'word 7' }]);
      const words = Array.from({ length: 10_000 }, (_, i) => `word${i} ${i}`).join(' ');
      expect(await search(words)).toEqual(chunkIds);
    });
  });
}
