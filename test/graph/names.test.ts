import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cryptoRandom, entityId, factId, normalizeName, randomId } from '../../graph/index.ts';

describe('normalizeName', () => {
  it.each([
    ['Marie Curie', 'marie curie'],
    ['  the   Royal  Society ', 'royal society'],
    ["Marie Curie's", 'marie curie'],
    ['Curie’s', 'curie'],
    ['“Les Misérables”', 'les miserables'],
    ['Søren Kierkegård', 'soren kierkegard'],
    ['Ærøskøbing', 'aeroskobing'],
    ['Weißenburg', 'weissenburg'],
    ['Łódź', 'lodz'],
    ['İstanbul', 'istanbul'],
    ['ＦＵＬＬ width', 'full width'],
    ['C++', 'c++'],
    ['C#', 'c#'],
    ['50%', '50%'],
    ['(U.S.)', 'u.s'],
    ["McDonald's Corporation", "mcdonald's corporation"],
    ['The The', 'the'],
    ['Αθήνα', 'αθήνα'],
    ['Москва', 'москва'],
    ['東京', '東京'],
    ['दिल्ली', 'दिल्ली'],
    ['القاهرة', 'القاهرة'],
    ['—', '—'],
    ['', ''],
  ])('makes %j into %j', (name, expected) => {
    expect(normalizeName(name)).toBe(expected.normalize('NFKC'));
  });

  it('does not change a name that is already normalised', () => {
    const awkward = fc.string({
      unit: fc.constantFrom(...Array.from("the 's.,()'ßæØİé́ .C+#東ди")),
      maxLength: 24,
    });
    fc.assert(
      fc.property(fc.oneof(awkward, fc.string({ unit: 'binary', maxLength: 40 })), (name) => {
        const once = normalizeName(name);
        expect(normalizeName(once)).toBe(once);
      }),
      { numRuns: 1_000 },
    );
  });

  it('does not change any character that is already normalised', () => {
    for (let code = 0; code < 0x110000; code++) {
      if (code >= 0xd800 && code < 0xe000) continue;
      const once = normalizeName(`a${String.fromCodePoint(code)}s`);
      if (normalizeName(once) !== once) expect.fail(`U+${code.toString(16)} gives ${once}`);
    }
  });

  it('comes to an end on a long run of punctuation', () => {
    expect(normalizeName(`a${'.'.repeat(200_000)}b${"'s".repeat(5_000)}`)).toMatch(/^a\.+b$/u);
  });
});

describe('ids', () => {
  it('depend on the workspace and the normalised name only', () => {
    expect(entityId('ws_1', 'The Café’s')).toBe(entityId('ws_1', 'cafe'));
    expect(entityId('ws_1', 'cafe')).not.toBe(entityId('ws_2', 'cafe'));
    expect(entityId('ws_1', 'cafe')).toMatch(/^ent_[0-9a-v]{20}$/u);
  });

  it('stay the same from release to release', () => {
    expect(entityId('ws_1', 'cafe')).toBe('ent_m4lfn79tb6r3gu38mu0n');
  });

  it('keep fields apart, so that no two facts run together', () => {
    expect(factId('ws', 'a', 'bc', 'd', false)).not.toBe(factId('ws', 'ab', 'c', 'd', false));
    expect(factId('ws', 'a', 'b', 'c', false)).not.toBe(factId('ws', 'a', 'b', 'c', true));
    expect(factId('ws', 'a', ' Born  in', 'c', false)).toBe(
      factId('ws', 'a', 'born in', 'c', false),
    );
  });

  it('that are random use all letters and digits about equally', () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 2_000; i++) {
      for (const letter of randomId('', cryptoRandom))
        counts.set(letter, (counts.get(letter) ?? 0) + 1);
    }
    expect(counts.size).toBe(36);
    for (const count of counts.values()) expect(Math.abs(count - 40_000 / 36)).toBeLessThan(250);
  });
});
