/** Porter's stemmer (1980) with the departures that NLTK's default mode makes, which Text2KGBench uses. */

const SPECIAL: Readonly<Record<string, string>> = {
  skies: 'sky',
  dying: 'die',
  lying: 'lie',
  tying: 'tie',
  news: 'news',
  innings: 'inning',
  inning: 'inning',
  outings: 'outing',
  outing: 'outing',
  cannings: 'canning',
  canning: 'canning',
  howe: 'howe',
  proceed: 'proceed',
  exceed: 'exceed',
  succeed: 'succeed',
  sky: 'sky',
  die: 'die',
  lie: 'lie',
  tie: 'tie',
};

export function porterStem(word: string): string {
  const lower = word.toLowerCase();
  const special = SPECIAL[lower];
  if (special !== undefined) return special;
  if (lower.length <= 2) return lower;
  let stem = step1c(step1b(step1a(lower)));
  stem = rules(stem, STEP2, 0);
  stem = rules(stem, STEP3, 0);
  stem = step4(stem);
  return step5(stem);
}

function isConsonant(word: string, at: number): boolean {
  const letter = word[at] as string;
  if ('aeiou'.includes(letter)) return false;
  return letter !== 'y' || at === 0 || !isConsonant(word, at - 1);
}

/** Number of vowel-consonant turns. */
function measure(stem: string): number {
  const kinds = Array.from(stem, (_, at) => (isConsonant(stem, at) ? 'c' : 'v')).join('');
  return kinds.match(/vc/g)?.length ?? 0;
}

function hasVowel(stem: string): boolean {
  return Array.from(stem).some((_, at) => !isConsonant(stem, at));
}

function endsDouble(word: string): boolean {
  const { length } = word;
  return length >= 2 && word.at(-1) === word.at(-2) && isConsonant(word, length - 1);
}

function endsCvc(word: string): boolean {
  const { length } = word;
  if (length === 2) return !isConsonant(word, 0) && isConsonant(word, 1);
  return (
    length >= 3 &&
    isConsonant(word, length - 3) &&
    !isConsonant(word, length - 2) &&
    isConsonant(word, length - 1) &&
    !'wxy'.includes(word.at(-1) as string)
  );
}

function step1a(word: string): string {
  if (word.endsWith('ies') && word.length === 4) return word.slice(0, -1);
  if (word.endsWith('sses')) return word.slice(0, -2);
  if (word.endsWith('ies')) return word.slice(0, -2);
  if (word.endsWith('ss')) return word;
  return word.endsWith('s') ? word.slice(0, -1) : word;
}

function step1b(word: string): string {
  if (word.endsWith('ied')) return word.length === 4 ? word.slice(0, -1) : word.slice(0, -2);
  if (word.endsWith('eed')) return measure(word.slice(0, -3)) > 0 ? word.slice(0, -1) : word;
  const ending = ['ed', 'ing'].find(
    (one) => word.endsWith(one) && hasVowel(word.slice(0, -one.length)),
  );
  if (ending === undefined) return word;
  const stem = word.slice(0, -ending.length);
  if (/(?:at|bl|iz)$/.test(stem)) return `${stem}e`;
  if (endsDouble(stem)) return /[lsz]$/.test(stem) ? stem : stem.slice(0, -1);
  return measure(stem) === 1 && endsCvc(stem) ? `${stem}e` : stem;
}

function step1c(word: string): string {
  const stem = word.slice(0, -1);
  const isCut = word.endsWith('y') && stem.length > 1 && isConsonant(stem, stem.length - 1);
  return isCut ? `${stem}i` : word;
}

type Rule = readonly [ending: string, replacement: string];

function rules(word: string, list: readonly Rule[], more: number): string {
  for (const [ending, replacement] of list) {
    if (!word.endsWith(ending)) continue;
    const stem = word.slice(0, -ending.length);
    if (ending === 'alli') return measure(stem) > 0 ? rules(`${stem}al`, list, more) : word;
    const condition = ending === 'logi' ? measure(word.slice(0, -3)) : measure(stem);
    return condition > more ? stem + replacement : word;
  }
  return word;
}

const STEP2: readonly Rule[] = [
  ['ational', 'ate'],
  ['tional', 'tion'],
  ['enci', 'ence'],
  ['anci', 'ance'],
  ['izer', 'ize'],
  ['bli', 'ble'],
  ['alli', 'al'],
  ['entli', 'ent'],
  ['eli', 'e'],
  ['ousli', 'ous'],
  ['ization', 'ize'],
  ['ation', 'ate'],
  ['ator', 'ate'],
  ['alism', 'al'],
  ['iveness', 'ive'],
  ['fulness', 'ful'],
  ['ousness', 'ous'],
  ['aliti', 'al'],
  ['iviti', 'ive'],
  ['biliti', 'ble'],
  ['fulli', 'ful'],
  ['logi', 'log'],
];

const STEP3: readonly Rule[] = [
  ['icate', 'ic'],
  ['ative', ''],
  ['alize', 'al'],
  ['iciti', 'ic'],
  ['ical', 'ic'],
  ['ful', ''],
  ['ness', ''],
];

const STEP4 =
  'al ance ence er ic able ible ant ement ment ent ion ou ism ate iti ous ive ize'.split(' ');

function step4(word: string): string {
  for (const ending of STEP4) {
    if (!word.endsWith(ending)) continue;
    const stem = word.slice(0, -ending.length);
    const isCut = measure(stem) > 1 && (ending !== 'ion' || /[st]$/.test(stem));
    return isCut ? stem : word;
  }
  return word;
}

function step5(word: string): string {
  let stem = word;
  if (word.endsWith('e')) {
    const cut = word.slice(0, -1);
    const turns = measure(cut);
    if (turns > 1 || (turns === 1 && !endsCvc(cut))) stem = cut;
  }
  return stem.endsWith('ll') && measure(stem.slice(0, -1)) > 1 ? stem.slice(0, -1) : stem;
}
