/** Words of a sentence with their place and part of speech. */

// Part-of-speech tags are made by the second of its three layers; the third adds a third to the time.
import nlp from 'compromise/two';
import type { Span } from '../../graph/index.ts';
import {
  ADVERBS,
  BE,
  CONJUNCTIONS,
  DEMONYMS,
  DETERMINERS,
  DO,
  HAVE,
  MODALS,
  MONTHS,
  NEGATIONS,
  NOT_NAMES,
  PREPOSITIONS,
  PRONOUNS,
  RELATIVES,
  SUBORDINATORS,
} from './lexicon.ts';

export type Pos =
  | 'name'
  | 'noun'
  | 'adj'
  | 'adv'
  | 'num'
  | 'det'
  | 'pron'
  | 'verb'
  | 'aux'
  | 'neg'
  | 'prep'
  | 'conj'
  | 'rel'
  | 'to'
  | 'other';

export type VerbForm = 'past' | 'present' | 'base' | 'gerund' | 'participle';

export interface Token extends Span {
  readonly text: string;
  readonly lower: string;
  readonly pos: Pos;
  readonly form?: VerbForm;
  readonly possessive: boolean;
  /** compromise's tags; evidence for types. */
  readonly tags: ReadonlySet<string>;
  /** Characters between the token before and this one: white space, commas, brackets, quotes. */
  readonly before: string;
}

/** Says of a word whether the document writes it in capitals inside sentences. */
export interface CapitalLexicon {
  isName(word: string): boolean;
  isCommon(word: string): boolean;
}

interface Term {
  readonly text: string;
  readonly pre: string;
  readonly post: string;
  readonly implicit?: string;
  readonly tags: ReadonlySet<string>;
}

/** Tokens of text[sentence]; offsets are absolute. */
export function tagSentence(text: string, sentence: Span, capitals: CapitalLexicon): Token[] {
  const content = text.slice(sentence.start, sentence.end);
  const terms = (nlp(content) as unknown as { docs: Term[][] }).docs.flat().flatMap(splitTerm);
  const tokens: Token[] = [];
  let at = 0;
  let end = 0;
  for (const [index, term] of terms.entries()) {
    if (term.text !== '' && !/[\p{L}\p{N}&%]/u.test(term.text)) continue;
    if (term.text === '') {
      if (term.implicit === 'not')
        tokens.push({ ...emptyToken(sentence.start + end), pos: 'neg', lower: 'not' });
      continue;
    }
    const found = content.indexOf(term.text, at);
    if (found < 0) continue;
    const before = content.slice(end, found);
    at = found + term.text.length;
    end = at;
    const last = tokens.at(-1);
    if (before === '-' && last !== undefined && last.text !== '') {
      tokens[tokens.length - 1] = joinHyphenated(
        last,
        term,
        text.slice(last.start, sentence.start + end),
        sentence.start + end,
      );
      continue;
    }
    tokens.push(toToken(term, sentence.start + found, before, tokens, capitals, terms[index + 1]));
  }
  return oneVerbAClause(tokens);
}

/** "peer-reviewed", "editor-in-chief", "Wiley-Blackwell" are one word each. */
function joinHyphenated(last: Token, term: Term, joined: string, end: number): Token {
  const participle =
    term.tags.has('PastTense') || term.tags.has('Gerund') || term.tags.has('Participle');
  const isName =
    last.pos === 'name' && /^\p{Lu}/u.test(term.text) && !DEMONYMS.has(term.text.toLowerCase());
  const pos: Pos = isName
    ? 'name'
    : participle || term.tags.has('Adjective')
      ? 'adj'
      : last.pos === 'adj' && term.tags.has('Noun')
        ? 'adj'
        : last.pos === 'name'
          ? 'adj'
          : 'noun';
  return {
    start: last.start,
    end,
    text: joined,
    lower: joined.toLowerCase(),
    pos,
    possessive: /['’]s$/.test(joined) && term.tags.has('Possessive'),
    tags: new Set([...last.tags, ...term.tags]),
    before: last.before,
  };
}

/** "climbed the country charts": behind a finite verb of the same clause a word like "charts" is a noun. */
function oneVerbAClause(tokens: readonly Token[]): Token[] {
  let finite = false;
  return tokens.map((token, index) => {
    const last = tokens[index - 1];
    if (
      /[,;:()—–]/.test(token.before) ||
      token.pos === 'conj' ||
      token.pos === 'rel' ||
      token.pos === 'to' ||
      SUBORDINATORS.has(token.lower)
    )
      finite = false;
    const ambiguous =
      token.pos === 'verb' &&
      (token.form === 'present' || token.form === 'base') &&
      last !== undefined &&
      /^(noun|adj|det|name|num)$/.test(last.pos);
    if (finite && ambiguous) return { ...token, pos: 'noun' as const, form: undefined };
    if ((token.pos === 'verb' && token.form !== 'gerund') || token.pos === 'aux') finite = true;
    return token;
  });
}

/** compromise makes one term of "1861 – 13" and leaves brackets in some words. */
function splitTerm(term: Term): Term[] {
  if (/^[^\s()[\]–—"“”]*$/.test(term.text)) return [term];
  const words = term.text.split(/[\s()[\]–—"“”]+/).filter((word) => word !== '');
  return words.map((text) => ({ text, pre: '', post: ' ', tags: term.tags }));
}

function emptyToken(at: number): Token {
  return {
    start: at,
    end: at,
    text: '',
    lower: '',
    pos: 'other',
    possessive: false,
    tags: new Set(),
    before: '',
  };
}

function toToken(
  term: Term,
  start: number,
  before: string,
  tokens: readonly Token[],
  capitals: CapitalLexicon,
  next: Term | undefined,
): Token {
  // compromise reads "Australia's" before an adjective as "Australia is"; before a noun phrase it hardly ever is.
  const possessive = /s['’]$/.test(term.text)
    ? term.tags.has('Possessive')
    : /\p{L}['’]s$/u.test(term.text) &&
      !PRONOUNS.has(term.text.toLowerCase().replace(/['’]s$/, ''));
  const lower = term.text.toLowerCase().replace(/’/g, "'");
  const first = tokens.length === 0 || /[“"(:]\s*$/.test(before);
  const pos = partOfSpeech(term, lower, first, tokens.at(-1), capitals, next);
  return {
    start,
    end: start + term.text.length,
    text: term.text,
    lower,
    pos,
    form: verbForm(term, pos),
    possessive,
    tags: term.tags,
    before,
  };
}

function partOfSpeech(
  term: Term,
  lower: string,
  first: boolean,
  last: Token | undefined,
  capitals: CapitalLexicon,
  next: Term | undefined,
): Pos {
  const closed = closedClass(term, lower, first, last);
  if (closed !== undefined) return closed;
  const tags = term.tags;
  if (/^(first|last|second)$/.test(lower) && next?.tags.has('Verb') === true) return 'adv';
  if (/^[\d.,]+\d*(st|nd|rd|th|s|%)?$/.test(lower) || tags.has('NumericValue')) return 'num';
  if (DEMONYMS.has(lower) && !partOfLongerName(term, last, next)) return 'adj';
  if (isNameWord(term, lower, first, capitals, next)) return 'name';
  if (tags.has('Adverb')) return 'adv';
  if (ADVERBS.has(lower)) return 'adv';
  if (lower === 'whole') return 'noun';
  if (tags.has('Verb')) return verbOrNot(term, last, next);
  if (tags.has('Value')) return 'num';
  if (tags.has('Adjective')) return 'adj';
  return 'noun';
}

function closedClass(
  term: Term,
  lower: string,
  first: boolean,
  last: Token | undefined,
): Pos | undefined {
  if (
    !first &&
    /^\p{Lu}/u.test(term.text) &&
    lower !== 'i' &&
    (last?.pos === 'name' || term.text.length > 3) &&
    !/[.!?:"“(]\s*$/.test('')
  ) {
    // "The Who", "It" inside a title: a capital inside the sentence outweighs the closed class.
    if (!DETERMINERS.has(lower) && !PREPOSITIONS.has(lower) && !CONJUNCTIONS.has(lower))
      return undefined;
  }
  if (lower === 'to') return 'to';
  if (NEGATIONS.has(lower) && lower !== 'no' && lower !== 'nor') return 'neg';
  if (CONJUNCTIONS.has(lower)) return 'conj';
  if (lower === 'that')
    return last !== undefined && /noun|name/.test(last.pos)
      ? 'rel'
      : term.tags.has('Determiner')
        ? 'rel'
        : 'pron';
  if (RELATIVES.has(lower)) return 'rel';
  if (BE.has(lower) || HAVE.has(lower) || DO.has(lower) || MODALS.has(lower))
    return /^(may|will)$/.test(lower) && /^\p{Lu}/u.test(term.text) ? undefined : 'aux';
  if (DETERMINERS.has(lower)) return 'det';
  if (PREPOSITIONS.has(lower)) return 'prep';
  if (PRONOUNS.has(lower)) return 'pron';
  return undefined;
}

/** A capital inside the sentence; at its start only with more evidence. */
function isNameWord(
  term: Term,
  lower: string,
  first: boolean,
  capitals: CapitalLexicon,
  next: Term | undefined,
): boolean {
  if (!/^[\p{Lu}\p{Lt}]/u.test(term.text) && !/^\p{L}*\d*\p{Lu}/u.test(term.text)) return false;
  const bare = lower.replace(/'s?$/, '');
  if (MONTHS.has(bare)) return false;
  if (!first) return true;
  if (NOT_NAMES.has(bare)) return false;
  if (capitals.isName(bare)) return true;
  if (capitals.isCommon(bare)) return false;
  const tags = term.tags;
  // "Roald Amundsen bought": two capitals in a row, and the first is no word that we know.
  if (
    next !== undefined &&
    /^ $/.test(term.post) &&
    /^\p{Lu}/u.test(next.text) &&
    !PREPOSITIONS.has(lower) &&
    !SUBORDINATORS.has(lower)
  )
    return true;
  if (
    tags.has('Adverb') ||
    tags.has('Preposition') ||
    tags.has('Conjunction') ||
    tags.has('Determiner')
  )
    return false;
  if (tags.has('Verb') || tags.has('Adjective')) return false;
  if (isUnknownNoun(term, bare, next)) return true;
  return (
    tags.has('ProperNoun') ||
    tags.has('Person') ||
    tags.has('Place') ||
    tags.has('Organization') ||
    /^\p{Lu}{2,}/u.test(term.text)
  );
}

const DICTIONARY = (nlp.model() as unknown as { one: { lexicon: Record<string, unknown> } }).one
  .lexicon;
const COMMON_ENDING =
  /(ings?|[ts]ions?|ness|ments?|ity|ities|isms?|ists?|ology|ers?|ors?|als?|ances?|ences?|ship|hood|ics|ures?|ages?|[^s]s)$/;

/** "Framheim stood": a singular noun that no dictionary has, where no article stands before it. */
function isUnknownNoun(term: Term, bare: string, next: Term | undefined): boolean {
  if (
    bare.length < 4 ||
    !term.tags.has('Singular') ||
    Object.hasOwn(DICTIONARY, bare) ||
    COMMON_ENDING.test(bare)
  )
    return false;
  return (
    next === undefined ||
    /^[,(]/.test(term.post) ||
    next.tags.has('Verb') ||
    next.tags.has('Preposition')
  );
}

/** "Norwegian Sea", "British Museum": the adjective is a part of the name. */
function partOfLongerName(term: Term, last: Token | undefined, next: Term | undefined): boolean {
  if (!/^\p{Lu}/u.test(term.text)) return false;
  const nextIsName =
    next !== undefined &&
    term.post === ' ' &&
    /^\p{Lu}/u.test(next.text) &&
    !next.tags.has('Person') &&
    !next.tags.has('FirstName') &&
    !DEMONYMS.has(next.text.toLowerCase());
  return nextIsName || (last?.pos === 'name' && term.pre === '' && last.text !== '');
}

function lowerText(term: Term): string {
  return term.text.toLowerCase();
}

/** A describing participle ("the frozen ship") or a bare verb form where no verb can stand ("came free"). */
function verbOrNot(term: Term, last: Token | undefined, next: Term | undefined): Pos {
  const participle =
    term.tags.has('PastTense') || term.tags.has('Gerund') || term.tags.has('Participle');
  const afterDeterminer = last?.pos === 'det' || last?.possessive === true || last?.pos === 'adj';
  const base = !participle && (term.tags.has('Infinitive') || term.tags.has('PresentTense'));
  if (participle && (last?.pos === 'det' || last?.possessive === true)) return 'adj';
  if (base && afterDeterminer) return 'noun';
  // "took part", "came free", "remained unchanged": two verbs never stand side by side.
  if (
    lowerText(term) === 'part' ||
    (base &&
      last?.pos === 'verb' &&
      last.form !== 'gerund' &&
      /^(noun|Noun)/.test([...term.tags].join()))
  )
    return 'noun';
  if (
    last?.pos === 'verb' &&
    term.pre === '' &&
    !term.tags.has('Gerund') &&
    !/^(help|helped|let|lets)$/.test(last.lower)
  )
    return 'adj';
  if (base && last?.pos === 'prep' && last.lower !== 'to') return 'noun';
  if (
    term.tags.has('Gerund') &&
    last?.pos === 'noun' &&
    next !== undefined &&
    /^(Preposition|Conjunction)$/.test([...next.tags][0] ?? '')
  )
    return 'noun';
  return 'verb';
}

function verbForm(term: Term, pos: Pos): VerbForm | undefined {
  if (pos !== 'verb' && pos !== 'aux') return undefined;
  if (term.tags.has('Gerund')) return 'gerund';
  if (term.tags.has('Participle')) return 'participle';
  if (term.tags.has('PastTense')) return 'past';
  if (term.tags.has('Infinitive')) return 'base';
  return term.text.endsWith('ing') ? 'gerund' : 'present';
}
