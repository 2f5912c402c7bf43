/** Names taken apart for comparison: tokens, initials, titles and legal forms, numbers. */
import { identityKey } from './identity-key.ts';

export interface NameParts {
  readonly key: string;
  readonly tokens: readonly string[];
  /** Without titles before it and legal forms behind it; `tokens` if nothing else is left. */
  readonly core: readonly string[];
  /** Numerals in the name, Arabic and Roman, in order: names that differ here are not one. */
  readonly numbers: string;
  /** Written in capitals throughout, like WHO. */
  readonly isCapitals: boolean;
}

const words = (list: string): ReadonlySet<string> => new Set(list.split(' '));

const TITLES = words(
  'mr mrs ms miss dr prof professor sir dame lord lady king queen prince princess emperor pope saint st president chancellor minister senator general colonel captain major rev reverend herr frau monsieur madame señor señora don',
);
const LEGAL_FORMS = words(
  'inc incorporated corp corporation co company ltd limited llc llp plc gmbh ag kg se sa sas srl spa nv bv oy ab as asa aps kk pty group holdings holding',
);
const LINKS = words('of the and for in on at de la le du des der die das von van und et y e da do');
const ROMAN = /^(?=[ivx])(?:x{0,3})(?:ix|iv|v?i{0,3})$/u;
const GENERATIONS = words('jr sr junior senior');

export function partsOf(name: string): NameParts {
  const key = identityKey(name);
  const tokens = key.replaceAll('&', ' & ').split(/\s+/u).filter(Boolean).map(plainLink);
  const core = withoutForms(tokens);
  return {
    key,
    tokens,
    core: core.length > 0 ? core : tokens,
    numbers: tokens.filter((token, i) => isNumber(token, i)).join(' '),
    isCapitals: /^\p{Lu}[\p{Lu}.&]+$/u.test(name.trim()),
  };
}

function plainLink(token: string): string {
  return token === '&' ? 'and' : token;
}

function withoutForms(tokens: readonly string[]): string[] {
  let start = 0;
  let end = tokens.length;
  while (start < end - 1 && TITLES.has(tokens[start]!)) start++;
  while (end - 1 > start && LEGAL_FORMS.has(tokens[end - 1]!)) end--;
  return tokens.slice(start, end);
}

/** A first token is a name even where it looks like a numeral: "I, Claudius", "Vi Hart". */
function isNumber(token: string, at: number): boolean {
  return /\p{N}/u.test(token) || GENERATIONS.has(token) || (at > 0 && ROMAN.test(token));
}

/** "who" of World Health Organization, once with and once without the small words; at least two letters. */
export function acronymsOf({ tokens, core }: NameParts): string[] {
  const initials = (list: readonly string[]) => list.map((token) => Array.from(token)[0]).join('');
  const significant = (list: readonly string[]) => list.filter((token) => !LINKS.has(token));
  const found = [tokens, core, significant(tokens), significant(core)].map(initials);
  return [...new Set(found)].filter((letters) => letters.length >= 2);
}

/** Whether `given` can be short for `full`: each token an initial or the beginning of its like. */
export function abbreviates(given: readonly string[], full: readonly string[]): boolean {
  if (given.length === 0 || given.length > full.length) return false;
  return given.every((token, i) => {
    const long = full[i]!;
    // "heads" is no long form of "head".
    return (
      long === token ||
      (long.startsWith(token) && token.length + 2 <= long.length && token.length <= 4)
    );
  });
}

/** "jrr" as three initials where the other name has three given names. */
export function spreadInitials(given: readonly string[], count: number): readonly string[] {
  const [only] = given;
  if (given.length !== 1 || only?.length !== count || LINKS.has(only)) return given;
  return Array.from(only);
}
