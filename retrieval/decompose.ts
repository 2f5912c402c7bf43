/**
 * Sub-questions that stand in a question, by rules: what is asked of each of several things (comparisons), and the
 * description of a thing by which the rest is asked (nested questions). Rules see form only: a pair of names that are
 * one name ("Trinidad and Tobago") gives two parts too, which costs a look-up and takes nothing away.
 */

export interface Decomposition {
  /** comparison: the parts are independent; nested: the one part has to be answered before the rest. */
  readonly kind: 'comparison' | 'nested';
  readonly parts: readonly string[];
}

/** More things than this are a list, not a comparison. */
const MOST_PARTS = 4;
const LONGEST_NAME = 8;

/** A word written as a name or number; small words may connect several. */
const NAME_WORD = String.raw`[\p{Lu}\p{N}"“‘][\p{L}\p{M}\p{N}.'’"”-]*`;
const NAME = String.raw`(?:[Tt]he\s+)?${NAME_WORD}(?:\s+(?:(?:of|the|de|la|van|von|du)\s+){0,2}${NAME_WORD})*`;
/** "Do A and B ...", "both A and B": two names in a row. */
const PAIR = new RegExp(String.raw`(\bboth\s+)?(${NAME})\s+and\s+(?:the\s+)?(${NAME})`, 'u');
const AUXILIARY = /^(?:do|does|did|are|is|were|was|have|has|had|can|could|will|would)\s+$/iu;
const COMPARED = /\b(?:both|same|in common|shared?|shares|respectively)\b/iu;
/** "Which is older, A or B?" */
const CHOICE_LAST = /^(?<stem>.+?)[,:]\s+(?<names>[^:]+\s+or\s+[^,:]+?)\s*\?*$/u;
/** "Between A and B, which is older?" */
const CHOICE_FIRST =
  /^(?:of|between|among)\s+(?<names>.+?\s+(?:and|or)\s+.+?),\s+(?<stem>.+?)\s*\?*$/iu;
/** "the spouse of the director of the film that ...": the innermost thing with its clause. */
const RELATIVE =
  /\b(?:of|by|in|for|from|to|with|on|where)\s+(?:the|a|an)\s+(?<inner>(?:\p{Ll}[\p{L}'’-]*\s+){1,4}?(?:that|which|who|whose|where|in which)\s+[^,?]+)/u;
/** "A's mother's birthplace": what the first owner has. */
const POSSESSIVE = new RegExp(String.raw`(?<inner>${NAME}['’]s\s+[\p{L}-]+)['’]s\s`, 'u');

/** `undefined` where the question is of one piece. */
export function decompose(text: string): Decomposition | undefined {
  const question = text.trim();
  const parts = choiceParts(question) ?? pairParts(question);
  if (parts) return { kind: 'comparison', parts };
  const inner = (POSSESSIVE.exec(question) ?? innermost(question))?.groups?.['inner'];
  return inner === undefined ? undefined : { kind: 'nested', parts: [inner] };
}

function choiceParts(question: string): string[] | undefined {
  const match = CHOICE_FIRST.exec(question) ?? CHOICE_LAST.exec(question);
  const { stem, names } = match?.groups ?? {};
  if (stem === undefined || names === undefined) return undefined;
  const things = names.split(/,\s*(?:or|and)?\s+|\s+(?:or|and)\s+/u).filter(Boolean);
  const areNames = things.every(isName) && things.length > 1 && things.length <= MOST_PARTS;
  return areNames ? things.map((name) => `${stem} ${name}`) : undefined;
}

function isName(thing: string): boolean {
  return thing.split(/\s+/u).length <= LONGEST_NAME && /[\p{Lu}\p{Lo}\p{N}]/u.test(thing);
}

function pairParts(question: string): string[] | undefined {
  const start = /^\p{L}+\s+/u.exec(question)?.[0] ?? '';
  // The first word is capitalised without being a name.
  const rest = question.slice(start.length);
  const match = PAIR.exec(rest);
  if (!match) return undefined;
  const [all, both, first, second] = match;
  const asksOfBoth = match.index === 0 && AUXILIARY.test(start);
  if (!asksOfBoth && both === undefined && !COMPARED.test(question)) return undefined;
  return [first!, second!].map((name) => (start + rest.replace(all, name)).replace(/\?+$/u, ''));
}

/** The last of nested clauses. */
function innermost(question: string): RegExpExecArray | undefined {
  let found: RegExpExecArray | undefined;
  for (let next = RELATIVE.exec(question); next; next = RELATIVE.exec(next.groups!['inner']!))
    found = next;
  return found;
}
