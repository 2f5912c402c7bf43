/**
 * What all documents together say of one entity, as counts. Documents add to them and take away from them,
 * so that a change of one document never reads what the others say: the name, type and aliases follow from
 * the counts alone. The rules are those of the SQLite store.
 */
import { normalizeName } from '../names.ts';
import type { EntityType } from '../types.ts';

/** How often mentions, and how often ends of facts, give a value. */
type Votes = Record<string, [mentions: number, ends: number]>;

export interface Tally {
  readonly names: Votes;
  readonly types: Votes;
  /** How many mentions show each form. */
  readonly forms: Record<string, number>;
}

export const emptyTally = (): Tally => ({ names: record(), types: record(), forms: record() });

/** What is counted of most entities: one name, which is also how each mention is written, and one type. */
interface Called {
  readonly name: string;
  readonly type: EntityType;
}

/** `called`: what `derive` gave for the tally. */
export function parseTally(text: string, { name, type }: Called): Tally {
  return text.startsWith('{') ? parseLong(text) : parseShort(text, name, type);
}

function parseShort(text: string, name: string, type: EntityType): Tally {
  const space = text.indexOf(' ');
  const [mentions, ends] = [Number(text.slice(0, space)), Number(text.slice(space + 1))];
  const tally = emptyTally();
  tally.names[name] = [mentions, ends];
  tally.types[type] = [mentions, ends];
  if (mentions > 0) tally.forms[name] = mentions;
  return tally;
}

function parseLong(json: string): Tally {
  const { n, t, f } = JSON.parse(json) as { n: Votes; t: Votes; f: Record<string, number> };
  // Without a prototype: a name may be "__proto__".
  return {
    names: Object.assign(record(), n),
    types: Object.assign(record(), t),
    forms: Object.assign(record(), f),
  };
}

/** Two numbers where they tell it all: Neo4j keeps them beside the other properties. */
export function tallyText({ names, types, forms }: Tally): string {
  const [[name, votes], another] = Object.entries(names) as [[string, Votes[string]], unknown?];
  const isOne = another === undefined && Object.keys(types).length === 1;
  const written = Object.keys(forms);
  if (isOne && written.length === Number(votes[0] > 0) && written.every((form) => form === name)) {
    return `${votes[0]} ${votes[1]}`;
  }
  return JSON.stringify({ n: names, t: types, f: forms });
}

function record<Value>(): Record<string, Value> {
  return Object.create(null) as Record<string, Value>;
}

type Sign = 1 | -1;

export function countMention(
  tally: Tally,
  { name, surface, type }: { name: string; surface: string; type: EntityType },
  sign: Sign,
): void {
  vote(tally.names, name, 0, sign);
  vote(tally.types, type, 0, sign);
  count(tally.forms, surface, sign);
  if (name !== surface) count(tally.forms, name, sign);
}

export function countEnd(
  tally: Tally,
  { name, type }: { name: string; type: EntityType },
  sign: Sign,
): void {
  vote(tally.names, name, 1, sign);
  vote(tally.types, type, 1, sign);
}

function vote(votes: Votes, value: string, by: 0 | 1, sign: Sign): void {
  const cast = (votes[value] ??= [0, 0]);
  cast[by] += sign;
  if (cast[0] === 0 && cast[1] === 0) delete votes[value];
}

function count(counts: Record<string, number>, value: string, sign: Sign): void {
  const now = (counts[value] ?? 0) + sign;
  if (now === 0) delete counts[value];
  else counts[value] = now;
}

export interface Alias {
  readonly form: string;
  readonly folded: string;
  readonly count: number;
}

export interface Derived {
  readonly name: string;
  readonly type: EntityType;
  readonly mentionCount: number;
  /** Every form in which it is written, its name included, the most frequent first. */
  readonly aliases: readonly Alias[];
}

/** Undefined if nothing speaks of the entity. */
export function derive(tally: Tally): Derived | undefined {
  const name = winner(tally.names);
  const type = winner(tally.types);
  if (name === undefined || type === undefined) return undefined;
  const mentionCount = Object.values(tally.names).reduce((sum, [mentions]) => sum + mentions, 0);
  return { name, type: type as EntityType, mentionCount, aliases: aliasesOf(tally, name) };
}

type Candidate = readonly [value: string, votes: readonly [mentions: number, ends: number]];

/** Most mentions; where these are equal, most ends of facts; then the first by code points. */
function winner(votes: Votes): string | undefined {
  const best = Object.entries(votes).reduce<Candidate | undefined>(
    (leader, candidate) => (leader && !beats(candidate, leader) ? leader : candidate),
    undefined,
  );
  return best?.[0];
}

function beats([value, [mentions, ends]]: Candidate, leader: Candidate): boolean {
  const [otherValue, [otherMentions, otherEnds]] = leader;
  if (mentions !== otherMentions) return mentions > otherMentions;
  if (ends !== otherEnds) return ends > otherEnds;
  return compareCodePoints(value, otherValue) < 0;
}

/** Words that stand for an entity in one place only; as an alias they would name everything. */
const PRONOUNS = new Set(
  'i you he she it we they me him her us them his hers its our ours their theirs this that these those who which'.split(
    ' ',
  ),
);

function aliasesOf(tally: Tally, name: string): Alias[] {
  const forms = new Set([...Object.keys(tally.forms), ...Object.keys(tally.names)]);
  return [...forms]
    .map((form) => ({ form, folded: normalizeName(form), count: tally.forms[form] ?? 0 }))
    .filter(({ form, folded }) => form === name || (folded !== '' && !PRONOUNS.has(folded)))
    .sort((a, b) => b.count - a.count || compareCodePoints(a.form, b.form));
}

/** The order of SQLite, where text is UTF-8: surrogates come after everything else. */
export function compareCodePoints(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    const xIsSurrogate = x >= 0xd800 && x < 0xe000;
    const yIsSurrogate = y >= 0xd800 && y < 0xe000;
    if (xIsSurrogate !== yIsSurrogate) return xIsSurrogate ? 1 : -1;
    return x - y;
  }
  return a.length - b.length;
}
