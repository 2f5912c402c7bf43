import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stopAt } from '../../engine/index.ts';

function shown(stops: readonly string[], pieces: readonly string[]) {
  const stream = stopAt(stops);
  const parts = pieces.map((piece) => stream.push(piece));
  return { parts, text: parts.join('') + stream.end(), isStopped: stream.isStopped };
}

/** Where the whole text is cut. */
function cut(stops: readonly string[], text: string): string {
  const found = stops.map((stop) => text.indexOf(stop)).filter((at) => at >= 0);
  return text.slice(0, Math.min(text.length, ...found));
}

describe('a text with stop strings', () => {
  it('ends before the first of them, wherever its pieces are cut', () => {
    const fewLetters = fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 30 });
    const stops = fc.array(
      fc.string({ unit: fc.constantFrom('a', 'b', '\n'), minLength: 1, maxLength: 4 }),
    );
    fc.assert(
      fc.property(fc.array(fewLetters, { maxLength: 8 }), stops, (pieces, strings) => {
        const whole = pieces.join('');
        const result = shown(strings, pieces);
        expect(result.text).toBe(cut(strings, whole));
        expect(result.isStopped).toBe(strings.some((each) => whole.includes(each)));
      }),
      { numRuns: 500 },
    );
  });

  it('shows at once what cannot be the beginning of one', () => {
    expect(shown(['\n\n', 'END'], ['one\n', 'two E', 'N', 'x']).parts).toEqual([
      'one',
      '\ntwo ',
      '',
      'ENx',
    ]);
  });

  it('refuses an empty one, before which every text ends', () => {
    expect(() => stopAt(['a', ''])).toThrow(RangeError);
  });
});
