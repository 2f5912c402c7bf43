/** What two names say about whether they mean the same. Weights are log odds; see `score.ts`. */
import { abbreviates, acronymsOf, spreadInitials, type NameParts } from './name-parts.ts';
import type { Evidence } from './types.ts';

/** The strongest sign in favour, and what speaks against it; empty if the names have nothing in common. */
export function nameEvidence(a: NameParts, b: NameParts): Evidence[] {
  const favour = [
    sameWords(a, b),
    initials(a, b) ?? initials(b, a),
    acronym(a, b) ?? acronym(b, a),
    oneLetter(a, b),
    subset(a, b) ?? subset(b, a),
  ]
    .filter((found) => found !== undefined)
    .sort((x, y) => y.value * y.weight - x.value * x.weight)[0];
  return favour ? [favour, ...numbersDiffer(a, b)] : [];
}

/** Also of use without a name in common: for neighbours by embedding. */
export function numbersDiffer(a: NameParts, b: NameParts): Evidence[] {
  if (a.numbers === b.numbers) return [];
  const detail = `their numbers differ: ${a.numbers || 'none'}, ${b.numbers || 'none'}`;
  return [{ feature: 'numbers_differ', value: 1, weight: -6, detail }];
}

function sameWords(a: NameParts, b: NameParts): Evidence | undefined {
  const sorted = (parts: readonly string[]) => [...parts].sort().join(' ');
  if (sorted(a.tokens) === sorted(b.tokens)) {
    return {
      feature: 'same_words',
      value: 1,
      weight: 4,
      detail: 'the same words in another order',
    };
  }
  // Two different titles are two offices: "King of Ireland", "Lord of Ireland".
  const isPlain = a.core.length === a.tokens.length || b.core.length === b.tokens.length;
  if (!isPlain || sorted(a.core) !== sorted(b.core)) return undefined;
  const detail = 'the same name with and without a title or legal form';
  // "Victoria" alone is many.
  const weight = a.core.length > 1 ? 4 : 2;
  return { feature: 'same_core', value: 1, weight, detail };
}

/** "J. R. R. Tolkien" and "John Ronald Reuel Tolkien" */
function initials(short: NameParts, long: NameParts): Evidence | undefined {
  const [family, longFamily] = [short.core.at(-1), long.core.at(-1)];
  if (family !== longFamily || long.core.length < 2) return undefined;
  const full = long.core.slice(0, -1);
  const given = spreadInitials(short.core.slice(0, -1), full.length);
  if (!abbreviates(given, full) || given.join(' ') === full.join(' ')) return undefined;
  const share = given.length / full.length;
  const detail = `${given.join(' ')} can be short for ${full.join(' ')}`;
  return { feature: 'initials', value: share, weight: given.length > 1 ? 4 : 2.5, detail };
}

function acronym(short: NameParts, long: NameParts): Evidence | undefined {
  if (!short.isCapitals || short.tokens.length !== 1 || long.tokens.length < 2) return undefined;
  const letters = short.key.replaceAll('&', '');
  if (!acronymsOf(long).includes(letters)) return undefined;
  const detail = `${letters.toUpperCase()} are the first letters of ${long.key}`;
  return { feature: 'acronym', value: Math.min(1, letters.length / 4), weight: 3.5, detail };
}

const SHORTEST_FOR_TYPOS = 6;

function oneLetter(a: NameParts, b: NameParts): Evidence | undefined {
  const length = Math.min(a.key.length, b.key.length);
  if (length < SHORTEST_FOR_TYPOS || !isOneEdit(a.key, b.key)) return undefined;
  const value = Math.min(1, (length - 2) / 10);
  return { feature: 'one_letter', value, weight: 3, detail: 'they differ by one letter' };
}

function subset(short: NameParts, long: NameParts): Evidence | undefined {
  const all = new Set(long.core);
  if (short.core.length >= long.core.length) return undefined;
  if (!short.core.every((token) => all.has(token))) return undefined;
  const value = short.core.length / long.core.length;
  const detail = `all words of ${short.key} are in ${long.key}`;
  return { feature: 'subset', value, weight: 2.5, detail };
}

/** One letter added, left out, replaced, or two neighbours swapped (Damerau). */
export function isOneEdit(a: string, b: string): boolean {
  if (Math.abs(a.length - b.length) > 1 || a === b) return false;
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  const most = Math.min(a.length, b.length) - start;
  while (end < most && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const [restA, restB] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  if (restA.length <= 1 && restB.length <= 1) return true;
  return restA.length === 2 && restB.length === 2 && restA[0] === restB[1] && restA[1] === restB[0];
}
