/** What "it", "he" or "there" stand for in a question that follows another. */
import { analyseQuestion, nameTerms, type Question } from './question.ts';

/** A question that was asked before, and what answered it. */
export interface SpokenBefore {
  readonly question: string;
  /** What was shown as the answer. */
  readonly answer: string;
  /** The words in it that answer, where they are known; empty where it answers nothing. */
  readonly marked?: string;
}

/** A long answer says more than what the next question is about. */
const MOST_ANSWER_CHARS = 160;
const MOST_NAME_CHARS = 60;

type Kind = 'person' | 'thing' | 'many' | 'place' | 'unclear';

/** Written as in a sentence: IT and HIS are names. */
const PRONOUNS: readonly (readonly [Kind, RegExp])[] = [
  ['person', /\b(?:himself|herself|[Hh]e|[Ss]he|him|[Hh]is|hers|[Hh]er)\b/gu],
  ['thing', /\b(?:[Ii]t|[Ii]ts)\b/gu],
  ['many', /\b(?:[Tt]hey|them|theirs|[Tt]heir)\b/gu],
  // "Is there a …" speaks of no place.
  ['place', /(?<!\b(?:is|are|was|were|be)\s)\bthere\b(?!\s(?:is|are|was|were|be)\b)/giu],
  ['unclear', /\b(?:this|that|these|those|then|ones?)\b/giu],
];
/** "Is it true that …", "how long did it take …": it stands for nothing that was said. */
const EXPLETIVE = /\bit\s+(?:takes?|took|true|possible|known|said|likely|clear|rain|snow)\b/iu;

const OWNING = /^(?:his|its|their|hers|theirs)$/iu;
/** "her ship", but "to her in 1912", "of her?". */
const NOT_OWNED =
  /^\s*(?:$|[^\p{L}\s]|(?:in|at|to|from|for|with|on|by|and|or|as|when|after|before|into|about|again)\b)/iu;

/** Capitalised words in a row, particles between them included; not the first word of the question. */
const NAMES =
  /(?<=\s)\p{Lu}[\p{L}\p{M}\p{N}.'’-]*(?:\s+(?:(?:of|de|van|von|der|den|du|la|le|the|di|da)\s+){0,2}\p{Lu}[\p{L}\p{M}\p{N}.'’-]*)*/gu;

/**
 * The question as it would be asked with nothing said before: pronouns replaced by the one name they stand for; where
 * none or several can be meant, what was said before is put behind it. A question that stands alone comes back as it is.
 */
export function standaloneQuestion(question: string, turns: readonly SpokenBefore[]): string {
  let before: SpokenBefore | undefined;
  for (const turn of turns) before = topicAfter(turn, before);
  return resolve(question, before).text;
}

/** What a later pronoun may stand for: "And when?" leaves that as it was. */
function topicAfter(turn: SpokenBefore, before: SpokenBefore | undefined): SpokenBefore {
  const { text, isAppended } = resolve(turn.question, before);
  if (!isAppended) return { ...turn, question: text };
  return before && namesIn(turn.question).length === 0 ? before : turn;
}

/** What a follow-up asks for is read off its own words, what it is about off the whole. */
export function analyseFollowUp(question: string, standalone: string): Question {
  const whole = analyseQuestion(standalone);
  if (standalone === question) return whole;
  const { answerTypes, linkTypes } = analyseQuestion(question);
  return { ...whole, answerTypes, linkTypes };
}

interface Resolved {
  readonly text: string;
  /** What was said before stands behind the question; false where pronouns were replaced or there is nothing to do. */
  readonly isAppended: boolean;
}

function resolve(question: string, before: SpokenBefore | undefined): Resolved {
  const asItIs = { text: question, isAppended: false };
  if (!before) return asItIs;
  const appended = { text: withBefore(question, before), isAppended: true };
  const spoken = PRONOUNS.filter(([, pattern]) => question.search(pattern) >= 0);
  const [found] = spoken;
  if (!found) return nameTerms(question).length > 0 ? asItIs : appended;
  const [kind, pattern] = found;
  // A name beside it ("Was Amundsen fond of it?") or another pronoun leaves open what is meant.
  const isAlone = !/^\p{Lu}[\p{L}'’]*\s+and\b/u.test(question) && namesIn(question).length === 0;
  const others = spoken.filter(([each]) => each !== kind && each !== 'unclear');
  const people = new Set(question.match(pattern)?.map(gender) ?? []);
  const isClear = isAlone && others.length === 0 && people.size === 1 && !EXPLETIVE.test(question);
  const meant = isClear ? referent(kind, before) : undefined;
  return meant ? { text: replaced(question, pattern, kind, meant), isAppended: false } : appended;
}

/** Two of them in a question are two people. */
function gender(pronoun: string): string {
  return /^(?:she|her|hers|herself)$/iu.test(pronoun) ? 'she' : 'other';
}

/** The one name that a pronoun of this kind stands for; undefined where none or several can be meant. */
function referent(kind: Kind, before: SpokenBefore): string | undefined {
  const { answerTypes } = analyseQuestion(before.question);
  const said = answerName(before);
  const asked = answerTypes[0];
  const isNamed = /\b(?:which|what)\b/iu.test(before.question);
  const isAnswer =
    (kind === 'person' && asked === 'person') ||
    (kind === 'place' && asked === 'place') ||
    (kind === 'many' && (asked === 'person' || asked === 'organization')) ||
    // "Which ship …?" asks for a thing by name.
    (kind === 'thing' && isNamed && (asked === undefined || asked === 'organization'));
  // Whoever was asked for and not found is none of the names in the question.
  if (isAnswer && (said || kind === 'person' || kind === 'place')) return said;
  const names = [...new Set(namesIn(before.question))];
  return kind !== 'unclear' && names.length === 1 ? names[0] : undefined;
}

/** The answer if it is a name. */
function answerName({ answer, marked }: SpokenBefore): string | undefined {
  const words = (marked ?? answer).trim().replace(/[.!?]$/u, '');
  if (words.length > MOST_NAME_CHARS || /[.!?;:]\s/u.test(words)) return undefined;
  const isName =
    /^(?:the\s+)?\p{Lu}[^\s]*(?:\s+(?:\p{Lu}|\p{N}|of\b|de\b|van\b|von\b|der\b|den\b|du\b|la\b|le\b|the\b|di\b|da\b|and\b|&)[^\s]*)*$/u;
  return isName.test(words) && !/^(?:Yes|No|None|Not|Nobody|Nothing|The)$/u.test(words)
    ? words
    : undefined;
}

function namesIn(question: string): string[] {
  return question.match(NAMES)?.map((name) => name.replace(/(?:['’]s?|[.-])$/u, '')) ?? [];
}

function replaced(question: string, pattern: RegExp, kind: Kind, name: string): string {
  return question.replace(pattern, (pronoun: string, at: number) => {
    if (kind === 'place') return `in ${name}`;
    const owns =
      OWNING.test(pronoun) ||
      (/^her$/iu.test(pronoun) && !NOT_OWNED.test(question.slice(at + pronoun.length)));
    return owns ? `${name}'s` : name;
  });
}

function withBefore(question: string, { question: asked, answer, marked }: SpokenBefore): string {
  const said = marked ?? (answer.length > MOST_ANSWER_CHARS ? '' : answer);
  return [question, asked, said].filter((part) => part !== '').join(' ');
}
