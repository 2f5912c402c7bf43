/** Proper names, dates, quantities and quoted titles of a sentence. */

import type { EntityType, Span } from '../../graph/index.ts';
import { findDates } from './dates.ts';
import {
  DEMONYMS,
  DIMENSIONS,
  EVENT_WORDS,
  HONORIFICS,
  NAME_LINKS,
  NOT_NAMES,
  OF_HEADS,
  ORGANIZATION_WORDS,
  PERSON_NOUNS,
  PLACE_WORDS,
  UNITS,
  WORK_WORDS,
} from './lexicon.ts';
import type { Token } from './token.ts';

/** A name as it stands in the text, before it is matched with other forms. */
export interface RawMention {
  readonly span: Span;
  readonly surface: string;
  readonly type: EntityType;
  /** First and last token, for the grammar. */
  readonly from: number;
  readonly to: number;
  /** The type is more than a guess. */
  readonly sure: boolean;
}

const MAX_NAME_WORDS = 12;

/** In order, without overlap; quoted titles win over names inside them, names over dates. */
export function findMentions(
  text: string,
  sentence: Span,
  tokens: readonly Token[],
  title: string | undefined,
): RawMention[] {
  const taken = new Uint8Array(tokens.length);
  const mentions: RawMention[] = [];
  const take = (mention: RawMention | undefined): void => {
    if (mention === undefined) return;
    for (let index = mention.from; index <= mention.to; index += 1) if (taken[index] === 1) return;
    for (let index = mention.from; index <= mention.to; index += 1) taken[index] = 1;
    mentions.push(mention);
  };
  for (const span of occurrences(text, sentence, title))
    take(coveredMention(text, span, tokens, 'thing', false));
  for (const span of findDates(text, sentence)) take(coveredMention(text, span, tokens, 'date'));
  for (const span of quotedTitles(text, sentence)) take(coveredMention(text, span, tokens, 'work'));
  for (const mention of findNames(text, tokens, taken)) take(mention);
  for (const mention of findQuantities(text, tokens, taken)) take(mention);
  mentions.sort((a, b) => a.span.start - b.span.start);
  return withYears(text, mentions);
}

/** "2010 Winter Olympics", "1998 World Cup": the year names the event. */
function withYears(text: string, mentions: readonly RawMention[]): RawMention[] {
  const joined: RawMention[] = [];
  for (const mention of mentions) {
    const last = joined.at(-1);
    const named =
      last?.type === 'date' &&
      mention.type === 'event' &&
      /^\d{4}$/.test(last.surface) &&
      last.span.end + 1 === mention.span.start &&
      // "the Mexico City 1968 Summer Olympics"
      joined.at(-2)?.span.end !== last.span.start - 1;
    if (!named) {
      joined.push(mention);
      continue;
    }
    const span = { start: last.span.start, end: mention.span.end };
    joined[joined.length - 1] = {
      ...mention,
      span,
      surface: text.slice(span.start, span.end),
      from: last.from,
    };
  }
  return joined;
}

function coveredMention(
  text: string,
  span: Span,
  tokens: readonly Token[],
  type: EntityType,
  sure = true,
): RawMention | undefined {
  const from = tokens.findIndex((token) => token.end > span.start && token.text !== '');
  let to = from;
  while (to + 1 < tokens.length && (tokens[to + 1]?.start ?? Infinity) < span.end) to += 1;
  if (from < 0 || (tokens[from]?.start ?? Infinity) >= span.end) return undefined;
  return { span, surface: text.slice(span.start, span.end), type, from, to, sure };
}

/** The document's title in the sentence, in any case when it has several words. */
function occurrences(text: string, sentence: Span, title: string | undefined): Span[] {
  if (title === undefined || title.length < 2) return [];
  const content = text.slice(sentence.start, sentence.end);
  const several = /\s/.test(title);
  const [hay, needle] = several ? [content.toLowerCase(), title.toLowerCase()] : [content, title];
  if (hay.length !== content.length) return [];
  const spans: Span[] = [];
  for (let at = hay.indexOf(needle); at >= 0; at = hay.indexOf(needle, at + needle.length)) {
    const isWhole =
      !/[\p{L}\p{N}]$/u.test(content.slice(0, at)) &&
      !/^[\p{L}\p{N}]|^-\p{L}/u.test(content.slice(at + needle.length));
    // "Fram" in "Fram Museum" is not the title.
    const inLonger =
      !several &&
      (/^ \p{Lu}/u.test(content.slice(at + needle.length)) ||
        (/\p{Lu}[\p{L}'’.-]* $/u.test(content.slice(0, at)) &&
          !/(^|[.!?]\s)(The|A|An|In|On|Of|By|At|From|For) $/.test(content.slice(0, at))));
    if (isWhole && !inLonger)
      spans.push({ start: sentence.start + at, end: sentence.start + at + needle.length });
  }
  return spans;
}

/** Up to eight words in quotation marks that begin with a capital: a title of a work. */
function quotedTitles(text: string, sentence: Span): Span[] {
  const spans: Span[] = [];
  const content = text.slice(sentence.start, sentence.end);
  for (const match of content.matchAll(
    /(?:"|“|``\s?|„)(\p{Lu}[^"“”„`]{1,80}?)[.,]?\s?(?:"|”|''|“)/gu,
  )) {
    const inner = match[1] ?? '';
    if (inner.split(/\s+/).length > 8 || /[.!?]\s/.test(inner)) continue;
    const start = sentence.start + match.index + match[0].indexOf(inner);
    spans.push({ start, end: start + inner.trimEnd().length });
  }
  return spans;
}

function findNames(text: string, tokens: readonly Token[], taken: Uint8Array): RawMention[] {
  const names: RawMention[] = [];
  let index = 0;
  while (index < tokens.length) {
    if (!startsName(tokens, index, taken)) {
      index += 1;
      continue;
    }
    const to = nameEnd(tokens, index, taken);
    const mention = nameMention(text, tokens, withParticles(tokens, index, taken), to);
    if (mention !== undefined) names.push(mention);
    index = to + 1;
  }
  return names;
}

function startsName(tokens: readonly Token[], index: number, taken: Uint8Array): boolean {
  return taken[index] === 0 && tokens[index]?.pos === 'name';
}

/** "de Gerlache", "van der Waals": small words that belong to the family name behind them. */
function withParticles(tokens: readonly Token[], index: number, taken: Uint8Array): number {
  let from = index;
  while (
    from > 0 &&
    taken[from - 1] === 0 &&
    /^(de|van|von|der|den|af|di|da|du|del|della|ter|ten|zu|zur|ibn|bin)$/.test(
      tokens[from - 1]?.text ?? '',
    ) &&
    tokens[from]?.before === ' '
  )
    from -= 1;
  return from;
}

/** Index of the last token of the name that starts at `from`. */
function nameEnd(tokens: readonly Token[], from: number, taken: Uint8Array): number {
  let to = from;
  while (to - from < MAX_NAME_WORDS) {
    const next = tokens[to + 1];
    if (
      next !== undefined &&
      /^, $/.test(next.before) &&
      /^(Inc|Ltd|LLC|Co|Corp|Jr|Sr|S\.A|PLC)\.?$/.test(next.text) &&
      taken[to + 1] === 0
    ) {
      to += 1;
      break;
    }
    if (
      next === undefined ||
      taken[to + 1] === 1 ||
      !(joins(next.before) || isInitial(tokens[to], next.before))
    )
      break;
    if (tokens[to]?.possessive === true) {
      const owned = ownedName(tokens, to);
      if (owned === to) break;
      to = owned;
      continue;
    }
    const isMeasure = UNITS.has(tokens[to + 2]?.lower ?? '') && /^\d/.test(next.text);
    if (next.pos === 'name' || (!isMeasure && isOrdinal(next, tokens[to]))) {
      to += 1;
      continue;
    }
    const linked = linkedNames(tokens, from, to, taken);
    if (linked === to) break;
    to = linked;
  }
  return to;
}

/** "King's College", "Saint Anthony's Society": what follows is a kind of place or body. */
function ownedName(tokens: readonly Token[], to: number): number {
  let end = to;
  while (tokens[end + 1]?.pos === 'name' && tokens[end + 1]?.before === ' ') end += 1;
  const last = tokens[end]?.lower ?? '';
  return end > to &&
    (ORGANIZATION_WORDS.has(last) ||
      PLACE_WORDS.has(last) ||
      /^(parish|cup|prize|law|theorem|day|chapel|guild)$/.test(last))
    ? end
    : to;
}

/** Names run over a single space or a hyphen, not over commas and quotes. */
function joins(before: string): boolean {
  return before === ' ' || before === '' || before === '-' || before === '–';
}

/** "J. R. Smith", "St. Paul": a full stop that ends no sentence. */
function isInitial(token: Token | undefined, before: string): boolean {
  return (
    /^\.\s?$/.test(before) &&
    token !== undefined &&
    (/^(\p{Lu}|St|Ste|Mt|Ft|Dr|Jr|Sr)$/u.test(token.text) || token.tags.has('Honorific'))
  );
}

/** "Apollo 11", "World War II", "Henry VIII". */
function isOrdinal(token: Token, last: Token | undefined): boolean {
  if (last?.pos !== 'name' || NOT_NAMES.has(last.lower)) return false;
  return (
    /^[IVX]{1,5}$/.test(token.text) ||
    (/^\d{1,3}$/.test(token.text) && /^\p{Lu}/u.test(last.text) && token.before === ' ')
  );
}

/** Over "of (the)", "de la", "and Sons" to the next capital; `to` itself when nothing is joined. */
function linkedNames(
  tokens: readonly Token[],
  from: number,
  to: number,
  taken: Uint8Array,
): number {
  let at = to + 1;
  const words: string[] = [];
  while (
    words.length < 3 &&
    (NAME_LINKS.has(tokens[at]?.lower ?? '') ||
      (words.length === 0 && tokens[at]?.lower === 'for')) &&
    joins(tokens[at]?.before ?? ',')
  ) {
    words.push(tokens[at]?.lower ?? '');
    at += 1;
  }
  const next = tokens[at];
  if (next?.lower === 'and' && words.length === 0) return companyEnd(tokens, to, at);
  if (
    next === undefined ||
    words.length === 0 ||
    next.pos !== 'name' ||
    taken[at] === 1 ||
    !joins(next.before)
  )
    return to;
  const link = words.join(' ');
  if (link === 'the' || link === 'e' || link === 'y' || link === '&') return link === '&' ? at : to;
  if (words[0] === 'for') return ORGANIZATION_WORDS.has(tokens[to]?.lower ?? '') ? at : to;
  if (words[0] !== 'of') return words.includes('the') || words.includes('of') ? to : at;
  const head = tokens[to]?.lower ?? '';
  const isHead =
    OF_HEADS.has(head) ||
    ORGANIZATION_WORDS.has(head) ||
    tokens[to + 1]?.tags.has('Place') === true ||
    tokens[to + 1]?.tags.has('Organization') === true;
  return isHead ? at : to;
}

/** "Alexander Stephen and Sons". */
function companyEnd(tokens: readonly Token[], to: number, and: number): number {
  return /^(Sons|Co|Company|Brothers|Partners|Daughters)$/.test(tokens[and + 1]?.text ?? '')
    ? and + 1
    : to;
}

function nameMention(
  text: string,
  tokens: readonly Token[],
  from: number,
  to: number,
): RawMention | undefined {
  let first = from;
  let honorific: string | undefined;
  while (first < to && HONORIFICS.has(tokens[first]?.lower.replace(/\.$/, '') ?? '')) {
    honorific = tokens[first]?.lower;
    first += 1;
  }
  const head = tokens[first];
  const last = tokens[to];
  if (head === undefined || last === undefined) return undefined;
  const end = last.possessive ? last.end - (/['’]s$/.test(last.text) ? 2 : 1) : last.end;
  const surface = text.slice(head.start, end);
  if (
    first === to &&
    (isJunk(surface) || (honorific !== undefined && PERSON_NOUNS.has(surface.toLowerCase())))
  )
    return undefined;
  const typed = typeOfName(tokens.slice(first, to + 1), surface, honorific);
  return {
    span: { start: head.start, end },
    surface,
    type: typed.type,
    sure: typed.sure,
    from: first,
    to,
  };
}

function isJunk(surface: string): boolean {
  const lower = surface.toLowerCase();
  return (
    NOT_NAMES.has(lower) ||
    HONORIFICS.has(lower) ||
    DEMONYMS.has(lower) ||
    /^[\p{P}\p{S}]+$/u.test(surface) ||
    /^(\p{L}\.?|[IVXLC]+)$/u.test(surface)
  );
}

/** By the words of the name first, by compromise's tags next. */
function typeOfName(
  tokens: readonly Token[],
  surface: string,
  honorific: string | undefined,
): { type: EntityType; sure: boolean } {
  const words = surface.toLowerCase().split(/\s+/);
  const head = words.includes('of') ? (words[words.indexOf('of') - 1] ?? '') : (words.at(-1) ?? '');
  const several = words.length > 1;
  if (several && EVENT_WORDS.has(head)) return { type: 'event', sure: true };
  if (several && ORGANIZATION_WORDS.has(head) && !WORK_WORDS.has(head))
    return { type: 'organization', sure: true };
  if (
    several &&
    (PLACE_WORDS.has(head) ||
      /^(mount|cape|lake|port|fort|san|santa|isle|saint)$/.test(words[0] ?? ''))
  )
    return { type: 'place', sure: true };
  if (several && WORK_WORDS.has(head)) return { type: 'work', sure: false };
  if (honorific !== undefined) return { type: 'person', sure: true };
  const has = (tag: string): boolean => tokens.some((token) => token.tags.has(tag));
  if (tokens[0]?.tags.has('FirstName') === true && several) return { type: 'person', sure: true };
  if (has('Place') || has('Country') || has('City')) return { type: 'place', sure: !has('Person') };
  if (has('Organization')) return { type: 'organization', sure: several };
  if (has('Person') && (several || has('FirstName'))) return { type: 'person', sure: false };
  return { type: 'thing', sure: false };
}

/** A number with its unit: "39 metres", "180 horsepower", "about 40 million people". */
function findQuantities(text: string, tokens: readonly Token[], taken: Uint8Array): RawMention[] {
  const found: RawMention[] = [];
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index];
    if (
      token === undefined ||
      token.pos !== 'num' ||
      taken[index] === 1 ||
      !/\d|million|billion|thousand|hundred/i.test(token.text)
    )
      continue;
    let to = index;
    while (
      to + 1 < tokens.length &&
      to - index < 4 &&
      taken[to + 1] === 0 &&
      belongsToQuantity(tokens[to + 1])
    )
      to += 1;
    const isMoney = /[$£€]$/.test(token.before);
    // "2,218,492" and "5.5" say something by themselves, "two" and "110" do not.
    const isExact = /^\d{1,3}(,\d{3})+$|^\d+\.\d+$/.test(token.text);
    if (to === index && !isMoney && !isExact && !/[%$£€]/.test(token.text)) continue;
    const end = tokens[to]?.end ?? token.end;
    found.push({
      span: { start: token.start, end },
      surface: text.slice(token.start, end),
      type: 'quantity',
      from: index,
      to,
      sure: true,
    });
    index = to;
  }
  return found;
}

function belongsToQuantity(token: Token | undefined): boolean {
  if (token === undefined || !/^[ -]$/.test(token.before) || DIMENSIONS.has(token.lower))
    return false;
  return (
    UNITS.has(token.lower) ||
    (token.pos === 'num' && /^(million|billion|trillion|thousand|hundred)$/.test(token.lower)) ||
    token.tags.has('Unit')
  );
}
