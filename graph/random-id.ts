import { randomBytes } from 'node:crypto';

const LETTERS = '0123456789abcdefghijklmnopqrstuvwxyz';
const UNBIASED = 252; // 7 * 36: bytes from here on would favour the first letters

/** Where random bytes come from; tests give a seeded one. */
export type RandomBytes = (count: number) => Uint8Array;

export const cryptoRandom: RandomBytes = (count) => randomBytes(count);

/** `prefix` + 20 characters of [0-9a-z], about 103 bits. */
export function randomId(prefix: string, random: RandomBytes): string {
  let text = '';
  while (text.length < 20) {
    for (const byte of random(32)) {
      if (byte < UNBIASED && text.length < 20) text += LETTERS[byte % 36];
    }
  }
  return prefix + text;
}
