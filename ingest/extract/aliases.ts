/** Short names -> full names, inside one document. */

import type { EntityType } from '../../graph/index.ts';
import { EVENT_WORDS, NOT_NAMES, ORGANIZATION_WORDS, PLACE_WORDS, WORK_WORDS } from './lexicon.ts';
import type { RawMention } from './names.ts';

export interface ResolvedName {
  readonly name: string;
  readonly type: EntityType;
}

interface Known {
  readonly name: string;
  readonly words: readonly string[];
  count: number;
  readonly types: Map<EntityType, number>;
}

/** What the document is about, when its title is a name. */
export function titleEntity(title: string): string | undefined {
  const plain = title.replace(/\s*\([^()]*\)\s*$/, '').trim();
  const words = plain.split(/\s+/);
  if (words.length > 6 || plain.length > 80) return undefined;
  // "The bay and its ships", "Fram: a history": a topic, not a name.
  if (
    /[:;,!?/]/.test(plain) ||
    (/\s(and|or|vs\.?|&)\s/.test(plain) && !/\s(and|&)\s(Sons|Co|Company|Brothers)\b/.test(plain))
  )
    return undefined;
  const content = words.filter(
    (word) => !/^(of|the|and|de|la|von|van|der|in|on|for|to|a|an|&)$/.test(word),
  );
  const allNames =
    content.length > 0 &&
    content.every((word) => /^[\p{Lu}\p{N}]/u.test(word) || !/\p{Ll}|\p{Lu}/u.test(word));
  return allNames ? plain.replace(/^The\s+(?=\p{Lu})/u, '') : undefined;
}

/** The title as it may stand in the text: without what brackets add. */
export function plainTitle(title: string): string | undefined {
  const plain = title
    .replace(/\s*\([^()]*\)\s*$/, '')
    .replace(/^(The|A|An)\s+(?=\S)/, '')
    .trim();
  return plain.length >= 2 && plain.length <= 100 && /^[\p{Lu}\p{N}\p{Lo}]/u.test(plain)
    ? plain
    : undefined;
}

/** Collects names first, then answers; the order in which names came does not matter, except on equal counts. */
export class NameBook {
  readonly #known = new Map<string, Known>();
  readonly #byLastWord = new Map<string, Known[]>();
  readonly #byFirstWord = new Map<string, Known[]>();
  readonly #title: string | undefined;
  #indexed = false;

  /** @param text decides whether a title that is no name is one after all, because the text speaks of it */
  constructor(title: string, text: string) {
    const plain = plainTitle(title);
    this.#title =
      titleEntity(title) ??
      (plain !== undefined && text.includes(plain) && plain.split(/\s+/).length <= 10
        ? plain
        : undefined);
    if (this.#title !== undefined) this.#add(this.#title, 'thing', 0);
  }

  get title(): string | undefined {
    return this.#title;
  }

  add(mention: RawMention): void {
    if (mention.type === 'date' || mention.type === 'quantity') return;
    this.#add(mention.surface, mention.type, mention.sure ? 3 : mention.type === 'thing' ? 0 : 1);
  }

  /** Evidence from the grammar: who was born, who is a captain. */
  addType(surface: string, type: EntityType, weight: number): void {
    const known = this.#known.get(keyOf(surface));
    known?.types.set(type, (known.types.get(type) ?? 0) + weight);
  }

  resolve(surface: string, type: EntityType): ResolvedName {
    if (type === 'date' || type === 'quantity') return { name: surface, type };
    this.#index();
    const own = this.#known.get(keyOf(surface));
    const full = this.#fullForm(surface, own);
    const known = full ?? own;
    if (known === undefined) return { name: surface, type };
    const voted = bestType(known.types) ?? (own === undefined ? undefined : bestType(own.types));
    return { name: known.name, type: voted ?? type };
  }

  #add(surface: string, type: EntityType, weight: number): void {
    const key = keyOf(surface);
    const known = this.#known.get(key) ?? {
      name: surface,
      words: surface.split(/\s+/),
      count: 0,
      types: new Map<EntityType, number>(),
    };
    known.count += 1;
    if (weight > 0) known.types.set(type, (known.types.get(type) ?? 0) + weight);
    this.#known.set(key, known);
  }

  #index(): void {
    if (this.#indexed) return;
    this.#indexed = true;
    for (const known of this.#known.values()) {
      if (known.words.length < 2 || known.words.length > 6) continue;
      push(this.#byLastWord, (known.words.at(-1) ?? '').toLowerCase(), known);
      if (isPerson(known)) push(this.#byFirstWord, (known.words[0] ?? '').toLowerCase(), known);
    }
  }

  /** One word stands for a longer name that ends (a person's: begins) with it, if only one does. */
  #fullForm(surface: string, own: Known | undefined): Known | undefined {
    const words = surface.split(/\s+/);
    const last = (words.at(-1) ?? '').toLowerCase();
    if (words.length === 1 && NOT_NAMES.has(last)) return undefined;
    const title = this.#title === undefined ? undefined : this.#known.get(keyOf(this.#title));
    // A document on the Fram means the ship by "Fram", whatever museum is called after it.
    if (own !== undefined && own === title) return undefined;
    const longer = (this.#byLastWord.get(last) ?? []).filter(
      (known) => known.words.length > words.length && endsWith(known.words, words),
    );
    // "George Newnes" is all of "Sir George Newnes"; "Ross Sea" is not all of "East Ross Sea".
    const candidates =
      words.length === 1
        ? longer.filter(
            (known) => couldBePerson(known, own) || ORGANIZATION_WORDS.has(last) || known === title,
          )
        : longer.filter((known) => isPerson(known));
    if (candidates.length === 1) return candidates[0];
    if (title !== undefined && candidates.includes(title)) return title;
    if (candidates.length > 1 || words.length > 1) return undefined;
    const first = this.#byFirstWord.get(last) ?? [];
    return first.length === 1 && own !== undefined && !isPlaceLike(own) ? first[0] : undefined;
  }
}

function isPerson(known: Known): boolean {
  return bestType(known.types) === 'person';
}

/** "Roald Amundsen" of whom nothing else is known; "Ross Sea" is out by its last word. */
function couldBePerson(known: Known, own: Known | undefined): boolean {
  const last = (known.words.at(-1) ?? '').toLowerCase();
  if (
    known.words.length > 4 ||
    PLACE_WORDS.has(last) ||
    ORGANIZATION_WORDS.has(last) ||
    EVENT_WORDS.has(last) ||
    WORK_WORDS.has(last)
  )
    return isPerson(known);
  const type = bestType(known.types);
  return type === undefined || type === 'person' || (own !== undefined && isPerson(own));
}

function isPlaceLike(known: Known): boolean {
  const type = bestType(known.types);
  return type === 'place' || type === 'organization';
}

function endsWith(words: readonly string[], tail: readonly string[]): boolean {
  return tail.every(
    (word, index) =>
      words[words.length - tail.length + index]?.toLowerCase() === word.toLowerCase(),
  );
}

function bestType(types: ReadonlyMap<EntityType, number>): EntityType | undefined {
  let best: EntityType | undefined;
  let weight = 0;
  for (const [type, value] of types) if (value > weight) [best, weight] = [type, value];
  return best;
}

function keyOf(surface: string): string {
  return surface.toLowerCase().replace(/\s+/g, ' ');
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
