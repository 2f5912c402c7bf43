import { expect, it } from 'vitest';
import { halfFromFloat, halfToFloat, isFiniteHalf } from '../../cache/codecs/half.ts';
import { seededRandom } from '../engine/support/fixtures.ts';

function toHalf(...values: number[]): number[] {
  const halves = new Uint16Array(values.length);
  halfFromFloat(Float32Array.from(values), halves);
  return [...halves];
}

function toFloat(...halves: number[]): number[] {
  const values = new Float32Array(halves.length);
  halfToFloat(Uint16Array.from(halves), values);
  return [...values];
}

it('every half survives the way to a float and back, NaN as some NaN', () => {
  const halves = Array.from({ length: 65_536 }, (_, i) => i);
  const back = toHalf(...toFloat(...halves));
  const isNan = (half: number) => (half & 0x7fff) > 0x7c00;
  const wrong = halves.filter((half) => (isNan(half) ? !isNan(back[half]!) : back[half] !== half));
  expect(wrong).toEqual([]);
});

it('known halves have their values', () => {
  expect(toFloat(0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x7c00, 0xfc00)).toEqual([
    1,
    -2,
    65_504,
    2 ** -14,
    2 ** -24,
    Infinity,
    -Infinity,
  ]);
  expect(toFloat(0x7e00)[0]).toBeNaN();
  expect(Object.is(toFloat(0x8000)[0], -0)).toBe(true);
});

it('a float becomes the nearest half, and the even one if two are as near', () => {
  const random = seededRandom(7);
  const table = toFloat(...Array.from({ length: 0x7c00 }, (_, i) => i)); // ascending, from 0
  for (let n = 0; n < 20_000; n++) {
    const at = Math.floor(random() * (table.length - 1));
    const [low, high] = [table[at]!, table[at + 1]!];
    // A float32 has 13 bits more than a half: its steps between two halves, the middle included.
    const step = Math.floor(random() * 9) / 8;
    const value = Math.fround(low + (high - low) * step);
    const expected = step < 0.5 ? at : step > 0.5 ? at + 1 : at + (at & 1);
    expect(toHalf(value)[0], `${value}`).toBe(expected);
    expect(toHalf(-value)[0]).toBe(expected | 0x8000);
  }
});

it('subnormals, overflow and NaN follow IEEE 754', () => {
  expect(toHalf(2 ** -25)[0]).toBe(0); // tie with zero, which is even
  expect(toHalf(2 ** -25 * 1.0001)[0]).toBe(1);
  expect(toHalf(2 ** -24 * 1.5)[0]).toBe(2); // tie between 1 and 2
  expect(toHalf(2 ** -14 - 2 ** -26)[0]).toBe(0x0400); // rounds up to the least normal half
  expect(toHalf(65_519.996)[0]).toBe(0x7bff);
  expect(toHalf(65_520, -65_520, 1e30)).toEqual([0x7c00, 0xfc00, 0x7c00]);
  expect(toHalf(Number.NaN)[0]! & 0x7fff).toBeGreaterThan(0x7c00);
  expect(toHalf(0, -0, 1e-30, -1e-30)).toEqual([0, 0x8000, 0, 0x8000]);
  expect([0x7bff, 0x7c00, 0xfc00, 0x7e00].map(isFiniteHalf)).toEqual([true, false, false, false]);
});
