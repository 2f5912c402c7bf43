import '../support/properties.ts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BlendLayoutError,
  isCutRightly,
  layOut,
  LMCACHE_SEPARATOR,
  segmentsOf,
  separatorIds,
} from '../../cache/remote/blend-layout.ts';
import { promptTemplate } from '../../cache/prompt.ts';
import { loadTokenizer, type CheckpointTokenizer } from '../../engine/index.ts';
import { fixture } from '../engine/support/fixtures.ts';

const tokenizer = loadTokenizer(fixture('llama-gqa'));
const template = promptTemplate(tokenizer);
const separator = separatorIds(tokenizer, LMCACHE_SEPARATOR);
const encode = (text: string): Int32Array => Int32Array.from(tokenizer.encode(text));
const passage = (text: string) => ({ id: text, ids: encode(text), focus: [] });

/** As the server does it, by its published description: pieces between the places where the separator's ids stand. */
function cut(ids: Int32Array): number[][] {
  const pieces: number[][] = [[]];
  for (let at = 0; at < ids.length;) {
    if (separator.every((id, offset) => ids[at + offset] === id)) {
      pieces.push([]);
      at += separator.length;
    } else pieces.at(-1)!.push(ids[at++]!);
  }
  return pieces;
}

const promptOf = (passages: readonly string[], question: string) => {
  const segments = segmentsOf(template, { chunks: passages.map(passage), question });
  return { segments, ...layOut(segments, separator) };
};

describe('the prompt for a server that blends', () => {
  test('is prefix, passages and question with the separator between each two, as ids', () => {
    const { ids } = promptOf(['Fram was built by Archer.', 'Amundsen took her south.'], 'Who?');
    expect([...ids]).toEqual([
      ...template.prefixIds,
      ...separator,
      ...encode('Fram was built by Archer.'),
      ...separator,
      ...encode('Amundsen took her south.'),
      ...separator,
      ...template.suffixIds('Who?'),
    ]);
  });

  test('gives a passage the same ids wherever and among whatever it stands', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });
    const texts = fc.array(text, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(texts, texts, text, text, (before, after, own, question) => {
        const { ids, segments, ribbon } = promptOf([...before, own, ...after], question);
        expect(ribbon.reduce((sum, { tokens }) => sum + tokens, 0)).toBe(ids.length);
        fc.pre(isCutRightly(segments, separator));
        const pieces = cut(ids);
        expect(pieces).toHaveLength(before.length + after.length + 3);
        expect(pieces[before.length + 1]).toEqual([...encode(own)]);
        expect(pieces[0]).toEqual([...template.prefixIds]);
      }),
    );
  });

  test('goes on from earlier turns, each word and passage of theirs in a piece of its own', () => {
    const turn = { chunks: [passage('Fram.')], question: 'Who?', answerIds: encode('Archer') };
    const segments = segmentsOf(template, {
      chunks: [passage('South.')],
      question: 'And then?',
      conversation: { turns: [turn], keepMs: 0 },
    });
    expect(segments.map(({ kind, chunkId }) => chunkId ?? kind)).toEqual([
      'prefix',
      'Fram.',
      'question',
      'South.',
      'question',
    ]);
    expect(cut(layOut(segments, separator).ids)[2]).toEqual([
      ...template.suffixIds('Who?'),
      ...turn.answerIds,
      ...template.betweenIds!,
    ]);
  });

  test('is told to be cut wrongly where a passage spells the separator', () => {
    const wrong = segmentsOf(template, {
      chunks: [{ id: 'a', ids: Int32Array.of(...encode('x'), ...separator), focus: [] }],
      question: 'Who?',
    });
    expect(isCutRightly(wrong, separator)).toBe(false);
    const right = segmentsOf(template, { chunks: [passage('x')], question: 'Who?' });
    expect(isCutRightly(right, separator)).toBe(true);
  });

  test('is told to be cut wrongly where a passage ends with half of a separator of two like tokens', () => {
    const of = (...ids: number[]) => ({
      kind: 'fresh' as const,
      chunkId: 'a',
      ids: Int32Array.from(ids),
    });
    const twice = Int32Array.of(422, 422);
    expect(isCutRightly([of(5, 422), of(6)], twice)).toBe(false);
    expect(isCutRightly([of(5), of(422, 6)], twice)).toBe(false);
    expect(isCutRightly([of(422, 5), of(6, 422)], twice)).toBe(true);
  });
});

describe('the separator', () => {
  const framing = (ids: number[]): CheckpointTokenizer =>
    Object.assign(Object.create(tokenizer) as CheckpointTokenizer, { encodeFramed: () => ids });

  test('is what LMCache looks for: all ids but the first', () => {
    expect([...separatorIds(framing([1, 422, 422]), ' # # ')]).toEqual([422, 422]);
    const all = tokenizer.encodeFramed(LMCACHE_SEPARATOR, Infinity);
    expect([...separator]).toEqual(all.slice(1));
  });

  test('is refused where nothing would be left of it', () => {
    expect(() => separatorIds(framing([7]), '#')).toThrow(BlendLayoutError);
  });
});
