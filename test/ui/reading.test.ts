/** Highlights: what is marked is exactly what was cited, also where the document has changed. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { locate, type Passage } from '../../ui/reading/locate.ts';
import { cutIntoPieces, groupByMark } from '../../ui/reading/pieces.ts';

const text = 'The Fram is a ship. Colin Archer designed the Fram. It sailed in 1893.';
const sentence = 'Colin Archer designed the Fram.';
const start = text.indexOf(sentence);
const span = { start, end: start + sentence.length };
const emphasis = { start, end: start + 'Colin Archer'.length };
const document = { document_id: 'doc_1', version: 2, title: 'Fram', text, blocks: [] };
const passage: Passage = {
  documentId: 'doc_1',
  title: 'Fram',
  version: 2,
  span,
  emphasis,
  text: sentence,
};

describe('cutting a block', () => {
  test('the marked pieces are the cited sentence and the strong one is the answer', () => {
    const block = { start: 0, end: text.length };
    const pieces = cutIntoPieces(block, { sentence: span, emphasis }, [{ at: start, label: '2' }]);
    const textOf = (part: typeof pieces) =>
      part.map((piece) => text.slice(piece.start, piece.end)).join('');
    expect(textOf(pieces.filter((piece) => piece.marked))).toBe(sentence);
    expect(textOf(pieces.filter((piece) => piece.strong))).toBe('Colin Archer');
    expect(groupByMark(pieces).map((group) => group[0]?.marked)).toEqual([false, true, false]);
    expect(pieces.find((piece) => piece.border)?.start).toBe(start);
  });

  test('pieces together are always exactly the block', () => {
    const anySpan = fc
      .tuple(fc.nat(60), fc.nat(60))
      .map(([a, b]) => ({ start: Math.min(a, b), end: Math.max(a, b) }));
    const borders = fc.array(fc.nat(60).map((at) => ({ at, label: String(at) })));
    fc.assert(
      fc.property(anySpan, anySpan, anySpan, borders, (block, marked, strong, at) => {
        const pieces = cutIntoPieces(block, { sentence: marked, emphasis: strong }, at);
        let next = block.start;
        for (const piece of pieces) {
          expect(piece.start).toBe(next);
          next = piece.end;
        }
        expect(next).toBe(block.end);
      }),
    );
  });
});

describe('finding a cited sentence', () => {
  test('stands where the citation says while the document is the same', () => {
    expect(locate(passage, document)).toEqual({
      highlight: { sentence: span, emphasis },
      moved: false,
    });
  });

  test('is found again by its words in a later version, and so is the answer in it', () => {
    const changed = { ...document, version: 3, text: `New first line. ${text}` };
    const { highlight, moved } = locate(passage, changed);
    expect(moved).toBe(true);
    expect(changed.text.slice(highlight?.sentence.start, highlight?.sentence.end)).toBe(sentence);
    expect(changed.text.slice(highlight?.emphasis?.start, highlight?.emphasis?.end)).toBe(
      'Colin Archer',
    );
  });

  test('is said to be gone when a later version no longer has it', () => {
    const changed = { ...document, version: 3, text: 'Nothing of it is left.' };
    expect(locate(passage, changed)).toEqual({ highlight: null, moved: true });
  });
});
