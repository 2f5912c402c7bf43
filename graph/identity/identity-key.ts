/**
 * The form under which two names are the same name: `normalizeName`, and beyond it what differs between
 * spellings but never between names: dots of initials, hyphens, inner apostrophes and brackets, accents of
 * Greek, vowel signs of Arabic and Hebrew, stress marks and ё of Cyrillic. Letters that carry the word stay
 * in every script: й and ї, kana with their voicing, the vowel signs of Indic scripts, Thai tones.
 */
import { normalizeName } from '../normalize-name.ts';

const PLAIN = /^[a-z0-9]{2,}(?: [a-z0-9]{2,})*$/u;

const GREEK_ACCENTS = /(\p{Script=Greek})\p{Mn}+/gu;
/** ё without its dots, and stress marks on any letter; breve and diaeresis make other letters of others. */
const CYRILLIC_STRESS = /(?<=е)\u0308|(?<=\p{Script=Cyrillic}[\u0306\u0308]?)[\u0300\u0301]/gu;
const ARABIC_VOWELS = /[\u0640\u064B-\u0652\u0670]/gu;
const HEBREW_POINTS = /[\u0591-\u05BD\u05BF\u05C1\u05C2\u05C4\u05C5\u05C7]/gu;

const BETWEEN_DIGITS = /(?<=\p{N})[.,/:](?=\p{N})/u;
/** Any sign but those that tell names apart (`C#`, `R&D`, `50%`); see `normalizeName`. */
const SIGN = /[^\P{P}#%&@*§†]/gu;
const LETTERS_APART = /(?<![\p{L}\p{M}\p{N}])\p{L}\p{M}*(?: \p{L}\p{M}*(?![\p{L}\p{M}\p{N}]))+/gu;

/** Idempotent; never empty unless the name is. */
export function identityKey(name: string): string {
  const normalized = normalizeName(name);
  if (PLAIN.test(normalized)) return normalized;
  const key = normalizeName(withoutSigns(withoutPoints(normalized)));
  if (key === '') return normalized;
  return key === normalized ? key : identityKey(key);
}

function withoutPoints(name: string): string {
  return name
    .normalize('NFD')
    .replace(GREEK_ACCENTS, '$1')
    .replaceAll('ς', 'σ')
    .replace(CYRILLIC_STRESS, '')
    .replace(ARABIC_VOWELS, '')
    .replace(HEBREW_POINTS, '')
    .normalize('NFC');
}

function withoutSigns(name: string): string {
  const spaced = name
    .replace(/(?<=\p{L})'(?=\p{L})/gu, '')
    .replace(SIGN, (sign, at: number) => (isInNumber(name, at, sign) ? sign : ' '))
    .replace(/\s*&\s*/gu, '&')
    .replace(/\s+/gu, ' ')
    .trim();
  return spaced.replace(LETTERS_APART, (letters) => letters.replaceAll(' ', ''));
}

function isInNumber(name: string, at: number, sign: string): boolean {
  return BETWEEN_DIGITS.test(name.slice(Math.max(0, at - 1), at + sign.length + 1));
}
