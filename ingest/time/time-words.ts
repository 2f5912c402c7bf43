/**
 * Words of time in an English sentence: "from 1999 to 2004", "between May 1999 and 2004", "since 2015",
 * "until 3 May 2010", "in 2010", "in the 1990s", "(1950–1998)". Only what the calendar settles: "recently",
 * "the next day" and years before Christ say nothing here.
 */
import type { Span, ValidTime } from '../../graph/index.ts';

/** `within`: the text names a time inside which it held, or at which it began or ended. */
export type TimeWords = ValidTime & { readonly kind: 'interval' | 'within' | 'bracket' };

const MONTHS =
  'january february march april may june july august september october november december';
const MONTH_NUMBERS = new Map(
  MONTHS.split(' ').flatMap((name, i) => [
    [name, i + 1],
    [name.slice(0, 3), i + 1],
    ...(name === 'september' ? ([['sept', i + 1]] as const) : []),
  ]) as [string, number][],
);

const MONTH = `(?:${[...MONTH_NUMBERS.keys()].sort((a, b) => b.length - a.length).join('|')})\\.?`;
const YEAR = '(?:1[0-9]{3}|20[0-9]{2})(?![\\p{L}\\p{N}]|[.,]\\p{N})(?! (?:BCE?|B\\.C\\.))';
const DAY = '(?:[12][0-9]|3[01]|0?[1-9])(?:st|nd|rd|th)?';
const DATE = [
  `${DAY} (?:of )?${MONTH},? ${YEAR}`,
  `${MONTH} ${DAY},? ${YEAR}`,
  `${MONTH},? (?:of )?${YEAR}`,
  '(?:1[0-9]{3}|20[0-9]{2})-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12][0-9]|3[01]))?(?!\\p{N})',
  YEAR,
].join('|');
const DASH = '\\s?[-–—]\\s?';
/** "1999-04" is a month, "1995-99" is not. */
const SHORT_DASH = '(?:\\s?[–—]\\s?|-(?!0|1[0-2]))';
/** Words that may stand before a date without changing which one it is. */
const ABOUT = '(?:(?:about|around|approximately|circa|c\\.|early|mid|late|the year)[ -])?';
const COUNT = '(?! (?:people|men|women|inhabitants|metres|meters|feet|miles|km|copies|students))';

/** Longest first; a form that stands inside another is not taken. */
const FORMS: readonly { readonly pattern: RegExp; readonly read: (groups: Groups) => Ends }[] = [
  form(
    `(?:from|between) ${ABOUT}(?<from>${DATE}) (?:to|until|till|through|and) ${ABOUT}(?<to>${DATE})`,
    both,
  ),
  form(`(?:from |between )?(?<from>${DATE})(?:${DASH}| to | until )(?<to>${DATE})`, both),
  form(`(?:from |in )?(?<from>${YEAR})${SHORT_DASH}(?<short>[0-9]{2})(?![-\\p{N}])`, shortYear),
  form(`\\((?<from>${DATE})${DASH}(?:present|today|now)?\\)`, begin),
  form(`(?:ever )?since ${ABOUT}(?<from>${DATE})`, begin),
  form(`from ${ABOUT}(?<from>${DATE})(?: on| onwards?)?`, begin),
  form(`(?:starting|beginning|effective) (?:in|on|from) (?<from>${DATE})`, begin),
  form(`(?:until|till|through|up to) ${ABOUT}(?<to>${DATE})`, finish),
  form(
    `(?:in|during|throughout) the (?:early |mid-|late )?(?<decade>(?:1[0-9]|20)[0-9]0)s`,
    decade,
  ),
  form(`(?:in|on|during|as of) ${ABOUT}(?<at>${DATE})${COUNT}`, within),
];

type Groups = Readonly<Record<string, string | undefined>>;
type Ends = { readonly from?: string; readonly to?: string; readonly kind: TimeWords['kind'] };

function form(source: string, read: (groups: Groups) => Ends) {
  return { pattern: new RegExp(`(?<![\\p{L}\\p{N}])(?:${source})`, 'giu'), read };
}

/** All words of time in `sentence`, in order; none stands inside another. */
export function timeWords(text: string, sentence: Span): TimeWords[] {
  const words = text.slice(sentence.start, sentence.end);
  const found: TimeWords[] = [];
  const taken: Span[] = [];
  for (const { pattern, read } of FORMS) {
    for (const match of words.matchAll(pattern)) {
      const span = {
        start: sentence.start + match.index,
        end: sentence.start + match.index + match[0].length,
      };
      if (taken.some((other) => span.start < other.end && other.start < span.end)) continue;
      taken.push(span);
      const ends = read(match.groups ?? {});
      if (!isOrdered(ends)) continue;
      const kind = isInBrackets(text, span) ? 'bracket' : ends.kind;
      found.push({ ...ends, kind, span });
    }
  }
  return found.sort((a, b) => a.span.start - b.span.start);
}

function isInBrackets(text: string, { start, end }: Span): boolean {
  return text[start] === '(' || (text[start - 1] === '(' && text[end] === ')');
}

function both({ from, to }: Groups): Ends {
  return { from: isoDate(from), to: isoDate(to), kind: 'interval' };
}

/** "1999–04" */
function shortYear({ from, short }: Groups): Ends {
  return { from, to: `${from?.slice(0, 2)}${short}`, kind: 'interval' };
}

function begin({ from }: Groups): Ends {
  return { from: isoDate(from), kind: 'interval' };
}

function finish({ to }: Groups): Ends {
  return { to: isoDate(to), kind: 'interval' };
}

function decade({ decade: first }: Groups): Ends {
  return { from: first, to: `${first?.slice(0, 3)}9`, kind: 'within' };
}

function within({ at }: Groups): Ends {
  return { from: isoDate(at), to: isoDate(at), kind: 'within' };
}

function isOrdered({ from, to }: Ends): boolean {
  if (from === undefined && to === undefined) return false;
  return from === undefined || to === undefined || from <= `${to}~`;
}

/** "3 May 2010" as "2010-05-03"; undefined for a day that the calendar does not have. */
function isoDate(words: string | undefined): string | undefined {
  if (words === undefined || /^[0-9]{4}(?:-|$)/u.test(words)) return words;
  const year = /[0-9]{4}/u.exec(words)?.[0];
  const name = /\p{L}{3,}/u.exec(words.replace(/\bof\b/u, ''))?.[0].toLowerCase() ?? '';
  const month = MONTH_NUMBERS.get(name);
  const day = /^[0-9]{1,2}(?![0-9])|(?<=[\p{L}.] )[0-9]{1,2}(?![0-9])/u.exec(words)?.[0];
  if (year === undefined || month === undefined) return undefined;
  const parts = [year, String(month).padStart(2, '0')];
  if (day === undefined) return parts.join('-');
  const isDay =
    new Date(Date.UTC(Number(year), month - 1, Number(day))).getUTCDate() === Number(day);
  return isDay ? [...parts, day.padStart(2, '0')].join('-') : undefined;
}
