/**
 * Folding of text so that spellings of one word compare equal: compatibility forms, case, accents and
 * special letters of the Latin script. Letters and marks of every other script stay as they are.
 */

const LATIN_LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ł: 'l',
  ħ: 'h',
  ı: 'i',
  ŋ: 'n',
  ŧ: 't',
  ƶ: 'z',
};
const SPECIAL_LETTERS = new RegExp(`[${Object.keys(LATIN_LETTERS).join('')}]`, 'gu');
const ACCENTED_LATIN = /(\p{Script=Latin})\p{Mn}+/gu;
const APOSTROPHES = /[\u2018\u2019\u02BC\u02B9\u201B\uFF07`\u00B4]/gu;

/** NFKC, lower case, Latin accents off, one kind of apostrophe. */
export function foldText(text: string): string {
  if (isPlainAscii(text)) return text.toLowerCase().replaceAll('`', "'");
  return text
    .replace(APOSTROPHES, "'") // before NFKC, which makes a blank with an accent of \u00B4
    .normalize('NFKC')
    .replace(APOSTROPHES, "'") // and after it: U+0149 holds one
    .toLowerCase()
    .normalize('NFD')
    .replace(ACCENTED_LATIN, '$1')
    .replace(SPECIAL_LETTERS, (letter) => LATIN_LETTERS[letter] ?? letter)
    .normalize('NFKC');
}

function isPlainAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 126) return false;
  return true;
}
