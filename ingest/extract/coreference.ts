/**
 * Pronouns and "the ship", only where one reading is left. Within a paragraph a pronoun means the subject
 * of the sentence before; a class noun means the one name that the document says is of that class.
 */

import type { EntityType } from '../../graph/index.ts';
import type { NameBook, ResolvedName } from './aliases.ts';
import { PERSON_NOUNS } from './lexicon.ts';
import type { Argument } from './phrase.ts';

const PERSONAL = new Set(['he', 'she', 'him', 'his', 'her']);
const THING = new Set(['it', 'its']);
/** How many sentences back a pronoun may point. */
const MEMORY_SENTENCES = 2;

/** Which names are of a class: "the Fram is a ship" makes "ship" mean the Fram. */
export class ClassBook {
  readonly #names = new Map<string, Set<string>>();

  add(head: string, name: string): void {
    const key = singular(head);
    const names = this.#names.get(key) ?? new Set<string>();
    this.#names.set(key, names.add(name));
  }

  /** The only name of the class; the document's own name if it is among several. */
  only(head: string, title: string | undefined): string | undefined {
    const names = this.#names.get(head.toLowerCase());
    if (names === undefined) return undefined;
    if (names.size === 1) return [...names][0];
    return title !== undefined && names.has(title) ? title : undefined;
  }
}

interface Salient extends ResolvedName {
  readonly sentence: number;
  readonly isSubject: boolean;
}

/** Follows the sentences of a paragraph; `startParagraph` forgets. */
export class Coreference {
  readonly #names: NameBook;
  readonly #classes: ClassBook;
  #salient: Salient[] = [];
  #sentence = 0;
  #subjects: readonly Argument[] = [];

  constructor(names: NameBook, classes: ClassBook) {
    this.#names = names;
    this.#classes = classes;
  }

  startParagraph(): void {
    this.#salient = [];
    this.#sentence = 0;
  }

  /** Call after the sentence's arguments were resolved. */
  endSentence(subjects: readonly ResolvedName[], others: readonly ResolvedName[]): void {
    const add =
      (isSubject: boolean) =>
      (one: ResolvedName): void => {
        if (one.type !== 'date' && one.type !== 'quantity')
          this.#salient.push({ ...one, sentence: this.#sentence, isSubject });
      };
    subjects.forEach(add(true));
    others.forEach(add(false));
    this.#sentence += 1;
  }

  /** @param subjects of the sentence that is resolved next, in order */
  startSentence(subjects: readonly Argument[]): void {
    this.#subjects = subjects;
  }

  resolve(argument: Argument, role: 'subject' | 'object'): ResolvedName | undefined {
    if (argument.kind === 'pronoun') return this.#pronoun(argument, role);
    if (argument.kind !== 'common') return this.#names.resolve(argument.surface, argument.type);
    if (
      !argument.definite ||
      argument.owner !== undefined ||
      argument.of !== undefined ||
      /\s/.test(argument.surface)
    )
      return undefined;
    if (
      argument.determiner !== 'the' &&
      argument.determiner !== 'this' &&
      argument.determiner !== 'that'
    )
      return undefined;
    const name = this.#classes.only(argument.head, this.#names.title);
    return name === undefined ? undefined : this.#names.resolve(name, 'thing');
  }

  #pronoun({ head, span }: Argument, role: 'subject' | 'object'): ResolvedName | undefined {
    const wantsPerson = PERSONAL.has(head);
    if (!wantsPerson && !THING.has(head)) return undefined;
    // An object may mean the object before, and that is not followed.
    if (role === 'object') return undefined;
    const earlier = this.#subjects.filter(
      (one) => one.span.start < span.start && !isPronoun(one, head),
    );
    if (earlier.length > 0) return this.#inSentence(earlier, wantsPerson);
    const fits = (one: Salient): boolean =>
      wantsPerson ? one.type === 'person' : one.type !== 'person';
    for (let back = 1; back <= MEMORY_SENTENCES; back += 1) {
      const before = this.#salient.filter(
        (one) => one.sentence === this.#sentence - back && fits(one),
      );
      const subjects = distinct(before.filter((one) => one.isSubject));
      if (subjects.length > 1) return undefined;
      if (subjects.length === 1) return subjects[0];
      const others = distinct(before);
      if (wantsPerson && others.length === 1) return others[0];
      if (others.length > 0) return undefined;
    }
    return undefined;
  }

  /** "Ross named the bay when he saw it": the one subject earlier in the sentence that fits. */
  #inSentence(earlier: readonly Argument[], wantsPerson: boolean): ResolvedName | undefined {
    if (!earlier.every((one) => one.kind === 'name')) return undefined;
    const names = earlier.map((one) => this.#names.resolve(one.surface, one.type));
    const fitting = new Map(
      names.filter((one) => (one.type === 'person') === wantsPerson).map((one) => [one.name, one]),
    );
    return fitting.size === 1 ? [...fitting.values()][0] : undefined;
  }
}

function isPronoun(argument: Argument, head: string): boolean {
  return argument.kind === 'pronoun' && argument.head === head;
}

function distinct(list: readonly Salient[]): ResolvedName[] {
  const byName = new Map<string, ResolvedName>();
  for (const { name, type } of list) byName.set(name, { name, type });
  return [...byName.values()];
}

/** What "is a ..." tells of a type. */
export function typeOfClass(head: string): EntityType | undefined {
  if (PERSON_NOUNS.has(singular(head))) return 'person';
  if (
    /^(city|town|village|country|island|river|lake|mountain|sea|bay|ocean|region|province|state|district|county|municipality|suburb|peninsula|strait|glacier|capital|harbour|port|settlement|commune|township|neighborhood|place|kingdom|street|park)$/.test(
      head,
    )
  )
    return 'place';
  if (
    /^(company|university|organization|organisation|school|college|band|team|club|agency|party|newspaper|publisher|label|institution|museum|society|corporation|church|hospital|station|network|league)$/.test(
      head,
    )
  )
    return 'organization';
  if (
    /^(film|novel|book|song|album|series|episode|play|opera|poem|magazine|journal|painting|single|game|show|sitcom|documentary|musical|soundtrack|movie)$/.test(
      head,
    )
  )
    return 'work';
  if (
    /^(expedition|war|battle|election|tournament|festival|event|treaty|conference|revolution|championship|race|season)$/.test(
      head,
    )
  )
    return 'event';
  return undefined;
}

export function singular(noun: string): string {
  if (/(ss|us|is)$/.test(noun) || noun.length < 4) return noun;
  if (noun.endsWith('ies')) return `${noun.slice(0, -3)}y`;
  return noun.replace(/(?<=[sxz]|ch|sh)es$|s$/, '');
}
