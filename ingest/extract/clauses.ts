/**
 * Phrases of a sentence -> raw triples, from left to right: the subject is carried until a new one stands
 * before a verb, relative clauses take the phrase before them, a comma closes them.
 */

import type { Span } from '../../graph/index.ts';
import type { Argument, Item, VerbGroup } from './phrase.ts';
import { DIMENSIONS, OF_VERBS } from './lexicon.ts';

export interface RawTriple {
  readonly subject: Argument;
  readonly relation: string;
  readonly relationSpan: Span;
  readonly object: Argument;
  readonly confidence: number;
  readonly negated: boolean;
  /** "was bought": the subject is not who did it. */
  readonly passive: boolean;
}

interface Clause {
  subject: Argument | undefined;
  verb: VerbGroup | undefined;
  objects: Argument[];
  /** The last phrase took a preposition; coordination then repeats the relation that it made. */
  lastRelation: { name: string; span: Span } | undefined;
  negated: boolean;
  /** Adjective behind a copula: "is famous for". */
  complement: { word: string; span: Span } | undefined;
}

const CONFIDENCE = {
  direct: 0.9,
  prepositional: 0.8,
  loose: 0.65,
  apposition: 0.75,
  modified: 0.8,
  gerund: 0.6,
};

export interface ClauseReading {
  readonly triples: RawTriple[];
  readonly subjects: Argument[];
  /** Phrases that "who" refers to. */
  readonly persons: Argument[];
}

export function clauseTriples(items: readonly Item[]): ClauseReading {
  const reader = new ClauseReader(items);
  return reader.read();
}

class ClauseReader {
  readonly #items: readonly Item[];
  readonly #triples: RawTriple[] = [];
  readonly #subjects: Argument[] = [];
  readonly #persons: Argument[] = [];
  #clause: Clause = emptyClause();
  /** Clauses that a relative clause or apposition interrupted. */
  readonly #outer: Clause[] = [];
  #pending: { word: string; span: Span; argument: Argument }[] = [];
  #lastPhrase: Argument | undefined;
  #at = 0;

  constructor(items: readonly Item[]) {
    this.#items = items;
  }

  read(): ClauseReading {
    for (this.#at = 0; this.#at < this.#items.length; this.#at += 1) {
      const item = this.#items[this.#at] as Item;
      if (/[;—]|: $|– /.test(item.before)) this.#newClause();
      if (item.kind === 'np') this.#phrase(item.argument, item.before);
      else if (item.kind === 'verb') this.#verb(item.verb, item.before);
      else if (item.kind === 'prep') this.#preposition(item);
      else if (item.kind === 'rel') this.#relative(item);
      else if (item.kind === 'sub') this.#subordinate();
      else if (item.kind === 'adj') this.#adjective(item);
    }
    return { triples: this.#triples, subjects: this.#subjects, persons: this.#persons };
  }

  #peek(offset: number): Item | undefined {
    return this.#items[this.#at + offset];
  }

  // ------------------------------------------------------------- phrases

  #phrase(argument: Argument, before: string): void {
    this.#described(argument);
    const clause = this.#clause;
    const last = this.#peek(-1);
    const coordinated = last?.kind === 'conj';
    if (last?.kind === 'prep') return this.#prepositional(argument, last);
    if (this.#isApposition(argument, before)) return this.#apposition(argument);
    if (clause.verb === undefined)
      this.#becomeSubject(argument, coordinated || before.includes(','));
    else if (
      this.#verbFollows(1, before.includes(',') || /,/.test(last?.before ?? '')) &&
      (coordinated ||
        before.includes(',') ||
        clause.objects.length > 0 ||
        clause.lastRelation !== undefined)
    )
      this.#startClause(argument);
    else if (coordinated || before.includes(',')) this.#coordinate(argument, coordinated);
    else if (clause.objects.length === 0 && clause.lastRelation === undefined)
      this.#object(argument);
    else if (
      clause.objects.length === 1 &&
      argument.kind !== 'pronoun' &&
      /^(named|called|gave|give|made|elected|appointed)/.test(clause.verb.name)
    )
      this.#secondObject(argument);
    this.#lastPhrase = argument;
  }

  #becomeSubject(argument: Argument, listed: boolean): void {
    // "In 1911 the ship": the time before is no subject; "A, B and C verb" keeps its first.
    if (listed && this.#clause.subject !== undefined && this.#clause.subject.kind !== 'date') {
      this.#alsoSubjects.push(argument);
      this.#subjects.push(argument);
      return;
    }
    if (argument.type === 'date' && this.#phraseAheadBeforeVerb()) {
      this.#pending.push({ word: '', span: argument.span, argument });
      return;
    }
    this.#clause.subject = argument;
    this.#alsoSubjects = [];
    this.#subjects.push(argument);
  }

  #alsoSubjects: Argument[] = [];

  #phraseAheadBeforeVerb(): boolean {
    for (let offset = 1; offset < 8; offset += 1) {
      const item = this.#peek(offset);
      if (item === undefined || item.kind === 'verb') return false;
      if (item.kind === 'np' && this.#peek(offset - 1)?.kind !== 'prep') return true;
    }
    return false;
  }

  #startClause(argument: Argument): void {
    this.#newClause();
    this.#clause.subject = argument;
    this.#alsoSubjects = [];
    this.#subjects.push(argument);
    this.#lastPhrase = argument;
  }

  /** The next finite verb stands behind this phrase and its prepositional phrases, without a comma. */
  #verbFollows(from: number, overConjunctions = false): boolean {
    for (let offset = from; offset < from + 8; offset += 1) {
      const item = this.#peek(offset);
      if (item === undefined || /[,;:()]/.test(item.before)) return false;
      if (item.kind === 'verb')
        return item.verb.finite && !(item.verb.maybeReduced && this.#laterFinite(offset + 1));
      const inList =
        overConjunctions &&
        (item.kind === 'conj' || (item.kind === 'np' && this.#peek(offset - 1)?.kind === 'conj'));
      const inPhrase =
        inList ||
        item.kind === 'prep' ||
        (item.kind === 'np' && this.#peek(offset - 1)?.kind === 'prep') ||
        item.kind === 'other';
      if (!inPhrase) return false;
    }
    return false;
  }

  #laterFinite(from: number): boolean {
    for (let offset = from; offset < from + 8; offset += 1) {
      const item = this.#peek(offset);
      if (
        item === undefined ||
        /[,;:]/.test(item.before) ||
        item.kind === 'conj' ||
        item.kind === 'rel' ||
        item.kind === 'sub'
      )
        return false;
      if (item.kind === 'verb' && item.verb.finite) return true;
    }
    return false;
  }

  #object(argument: Argument): void {
    const { subject, verb, negated } = this.#clause;
    this.#clause.objects.push(argument);
    if (subject === undefined || verb === undefined) return;
    const dimension = this.#peek(1);
    if (
      verb.copula &&
      argument.kind === 'quantity' &&
      dimension?.kind === 'adj' &&
      DIMENSIONS.has(dimension.word)
    ) {
      this.#emit(subject, dimension.word, dimension.span, argument, CONFIDENCE.direct, negated);
      return;
    }
    if (argument.type === 'date' && argument.kind === 'common') return;
    const confidence = verb.gerund
      ? CONFIDENCE.gerund
      : verb.infinitive
        ? CONFIDENCE.loose
        : CONFIDENCE.direct;
    this.#emitAll(verb.name, verb.span, argument, confidence, negated);
    if (!verb.copula) return;
    this.#role(subject, argument, negated);
    this.#owned(subject, argument, negated);
  }

  /** "Oslo is Norway's capital" and "Norway's capital is Oslo". */
  #owned(subject: Argument, object: Argument, negated: boolean): void {
    if (object.owner?.kind === 'name' && object.kind === 'common') {
      const { words, span } = withoutOwner(object, object.owner);
      if (words !== '')
        this.#emit(subject, `is ${words} of`, span, object.owner, CONFIDENCE.modified, negated);
    }
    if (subject.owner?.kind === 'name' && subject.kind === 'common' && object.kind === 'name') {
      const { words, span } = withoutOwner(subject, subject.owner);
      if (words !== '')
        this.#emit(subject.owner, words, span, object, CONFIDENCE.modified, negated);
    }
  }

  /** "Sverdrup was the captain of the Fram": beside what he is, whose captain he is. */
  #role(subject: Argument, argument: Argument, negated: boolean): void {
    const { of } = argument;
    if (of === undefined || argument.kind !== 'common') return;
    const at = / of /i.exec(argument.surface)?.index;
    const end = at === undefined ? of.span.start : argument.span.start + at + 3;
    const words = this.#roleWords(argument, end);
    if (words === undefined) return;
    this.#emit(
      subject,
      `is ${words}`,
      { start: argument.span.start, end },
      of,
      CONFIDENCE.modified,
      negated,
    );
  }

  /** Words before the joined phrase, its article left out: "captain of". Too many of them are no relation. */
  #roleWords(argument: Argument, until: number): string | undefined {
    const words = argument.surface
      .slice(0, until - argument.span.start)
      .trim()
      .replace(/\s+(?:the|an?|this|that|its|his|her|their)$/i, '')
      .toLowerCase();
    return words.split(/\s+/).length <= 5 && !/ of ./.test(words) ? words : undefined;
  }

  /** "named it the Bay", "gave Amundsen the ship". */
  #secondObject(argument: Argument): void {
    const { objects, verb, negated } = this.#clause;
    const first = objects[0];
    objects.push(argument);
    if (first === undefined || first.kind === 'pronoun' || verb === undefined) return;
    if (/^(named|called)/.test(verb.name))
      this.#emit(first, verb.name, verb.span, argument, CONFIDENCE.loose, negated);
    else this.#emitAll(verb.name, verb.span, argument, CONFIDENCE.loose, negated);
  }

  /** One more object of the same verb, or one more phrase behind the same preposition. */
  #coordinate(argument: Argument, byConjunction: boolean): void {
    const { verb, lastRelation, objects, negated } = this.#clause;
    if (verb === undefined || (argument.type === 'date' && argument.kind === 'common')) return;
    if (verb.copula && argument.kind === 'quantity') return this.#object(argument);
    if (!byConjunction && !this.#listGoesOn()) return;
    // "reached Nome on 31 August and San Francisco in October": a place goes on from the place.
    const afterDate =
      this.#lastPhrase?.kind === 'date' && argument.kind !== 'date' && objects.length > 0;
    if (lastRelation !== undefined && !afterDate)
      this.#emitAll(lastRelation.name, lastRelation.span, argument, CONFIDENCE.loose, negated);
    else if (objects.length > 0) {
      objects.push(argument);
      this.#emitAll(verb.name, verb.span, argument, CONFIDENCE.modified, negated);
    }
  }

  /** Behind a comma a phrase only belongs to a list if "and" or another comma closes that list. */
  #listGoesOn(): boolean {
    for (let offset = 1; offset < 10; offset += 1) {
      const item = this.#peek(offset);
      if (item === undefined || item.kind === 'verb' || item.kind === 'rel' || item.kind === 'sub')
        return false;
      if (item.kind === 'conj')
        return this.#peek(offset + 1)?.kind === 'np' && !this.#verbFollows(offset + 2);
    }
    return false;
  }

  // ------------------------------------------------------------- apposition

  /** "Framheim, the base of Amundsen, stood": two phrases over a comma, the second closed by one. */
  #isApposition(argument: Argument, before: string): boolean {
    const last = this.#lastPhrase;
    const beforeItem = this.#peek(-1);
    if (
      last === undefined ||
      beforeItem?.kind !== 'np' ||
      !/^[,(]|^ \($|, $/.test(before) ||
      last.kind === 'date' ||
      last.kind === 'pronoun'
    )
      return false;
    if (argument.kind === 'name' && /^an?$/.test(argument.determiner)) return last.kind === 'name';
    if (
      argument.kind !== 'common' &&
      argument.described === undefined &&
      !(last.kind === 'common' && argument.kind === 'name')
    )
      return false;
    if (argument.kind === 'common' && argument.determiner === '') return false;
    const { subject, objects, verb } = this.#clause;
    if (
      last.kind === 'common' &&
      last !== subject &&
      !(verb !== undefined && objects.includes(last))
    )
      return false;
    const next = this.#peek(1);
    const closed =
      next === undefined ||
      /^[,;)]/.test(next.before) ||
      next.kind === 'rel' ||
      (next.kind === 'prep' && !this.#verbFollows(1));
    return closed && !this.#listGoesOn();
  }

  #apposition(argument: Argument): void {
    const last = this.#lastPhrase;
    if (last === undefined) return;
    const described = last.kind === 'name' ? last : (last.of ?? last);
    // No word says it: the relation stands where the comma is.
    const span = { start: last.span.end, end: argument.span.start };
    if (argument.kind === 'common' || /^an?$/.test(argument.determiner)) {
      const subject = described.kind === 'name' ? described : last;
      this.#emit(subject, 'is', span, argument, CONFIDENCE.apposition, false);
      this.#role(subject, argument, false);
    } else this.#emit(argument, 'is', span, last, CONFIDENCE.apposition, false);
  }

  /** "the Norwegian ship Fram": the Fram is a Norwegian ship. "Amundsen's ship Maud": Amundsen's ship is the Maud. */
  #described(argument: Argument): void {
    const described = argument.described;
    if (described === undefined) return;
    const role = described.role;
    const span = role.span;
    if (argument.owner !== undefined)
      this.#emit(
        argument.owner,
        role.surface.toLowerCase(),
        span,
        described.name,
        CONFIDENCE.modified,
        false,
      );
    this.#emit(
      described.name,
      'is',
      { start: span.end, end: described.name.span.start },
      role,
      CONFIDENCE.modified,
      false,
    );
  }

  // ------------------------------------------------------------- prepositions

  #preposition(item: Extract<Item, { kind: 'prep' }>): void {
    // "by crossing", "after leaving": the subject stays, the gerund is a verb of its own.
    const next = this.#peek(1);
    if (next?.kind === 'verb' && next.verb.gerund) this.#clause.lastRelation = undefined;
    if (item.before.includes(',') && this.#outer.length > 0) this.#closeRelative();
  }

  #prepositional(argument: Argument, preposition: Extract<Item, { kind: 'prep' }>): void {
    const clause = this.#clause;
    const phrase = { word: preposition.word, span: preposition.span, argument };
    if (clause.verb === undefined) {
      if (clause.subject === undefined) this.#pending.push(phrase);
      this.#lastPhrase = argument;
      return;
    }
    this.#attach(
      phrase,
      clause.objects.length > 0 && !clause.verb.passive
        ? CONFIDENCE.loose
        : CONFIDENCE.prepositional,
    );
    this.#lastPhrase = argument;
  }

  #attach(phrase: { word: string; span: Span; argument: Argument }, confidence: number): void {
    const { subject, verb, negated, complement, objects } = this.#clause;
    if (verb === undefined) return;
    const { argument, word } = phrase;
    this.#clause.lastRelation = {
      name: relationWith(verb, word, complement?.word),
      span: joinSpan(verb.span, phrase.span),
    };
    if (subject === undefined) return;
    // "tried it in the Barents Sea" says nothing without knowing what "it" is.
    if (objects[0]?.kind === 'pronoun') return;
    // "was the cook at Framheim": the phrase belongs to what the subject is.
    const becomes = /^(became|become|becomes|remained)$/.test(verb.name);
    const role = verb.copula || becomes ? objects[0] : undefined;
    if (role?.kind === 'common' && argument.kind !== 'date') {
      const words = this.#roleWords(role, role.span.end);
      if (words === undefined || objects.length !== 1 || phrase.span.start - role.span.end > 1)
        return;
      this.#clause.lastRelation = {
        name: `${becomes ? verb.name : 'is'} ${words} ${word}`,
        span: joinSpan(role.span, phrase.span),
      };
      this.#emitAll(
        this.#clause.lastRelation.name,
        this.#clause.lastRelation.span,
        argument,
        CONFIDENCE.modified,
        negated,
      );
      return;
    }
    if (argument.type === 'date' && argument.kind === 'common' && argument.of === undefined) return;
    if (word === 'of' && complement === undefined && !OF_VERBS.test(verb.name)) return;
    const relation = word === '' ? verb.name : relationWith(verb, word, complement?.word);
    this.#emitAll(
      relation,
      joinSpan(verb.span, word === '' ? verb.span : phrase.span),
      argument,
      confidence,
      negated,
    );
  }

  // ------------------------------------------------------------- verbs

  #verb(verb: VerbGroup, before: string): void {
    if (before.includes(',') && this.#outer.length > 0 && verb.finite) this.#closeRelative();
    if (this.#isReduced(verb)) return this.#reduced(verb);
    const clause = this.#clause;
    if (clause.verb !== undefined && !verb.gerund && !verb.infinitive) this.#carrySubject();
    else if (clause.verb !== undefined) this.#carrySubject();
    this.#clause.verb = verb;
    this.#clause.negated = verb.negated;
    for (const phrase of this.#pending) if (verb.finite) this.#attach(phrase, CONFIDENCE.loose);
    this.#pending = [];
    this.#clause.lastRelation = undefined;
  }

  /** "a hut built in 1911": a past form directly behind a phrase, while the clause has or awaits its own verb. */
  #isReduced(verb: VerbGroup): boolean {
    if (!verb.maybeReduced || this.#lastPhrase === undefined || this.#peek(-1)?.kind !== 'np')
      return false;
    const hasVerb = this.#clause.verb !== undefined;
    if (!hasVerb && this.#clause.subject === undefined) return this.#pending.length > 0;
    const next = this.#peek(1);
    if (hasVerb) return next?.kind === 'prep' || next === undefined || next.kind === 'other';
    return next?.kind === 'prep' && this.#laterFinite(1);
  }

  #reduced(verb: VerbGroup): void {
    this.#outer.push(this.#clause);
    this.#clause = {
      ...emptyClause(),
      subject: this.#describedSubject(this.#lastPhrase),
      verb: { ...verb, passive: true },
      negated: verb.negated,
    };
  }

  #carrySubject(): void {
    this.#clause = { ...emptyClause(), subject: this.#clause.subject };
  }

  #newClause(): void {
    this.#clause = emptyClause();
    this.#outer.length = 0;
    this.#alsoSubjects = [];
  }

  // ------------------------------------------------------------- relative and other clauses

  #relative(item: Item): void {
    const antecedent = this.#lastPhrase;
    const next = this.#peek(1);
    const afterVerb = this.#peek(-1)?.kind === 'verb';
    if (item.kind === 'rel' && (item.word === 'whose' || afterVerb || antecedent === undefined)) {
      this.#outer.push(this.#clause);
      this.#clause = emptyClause();
      return;
    }
    this.#outer.push(this.#clause);
    this.#clause = emptyClause();
    if (item.kind === 'rel' && item.word === 'who' && antecedent !== undefined)
      this.#persons.push(antecedent);
    if (next?.kind === 'verb' || next?.kind === 'other') {
      this.#clause.subject = this.#describedSubject(antecedent);
      return;
    }
    this.#objectRelative(antecedent);
  }

  /** "The Fram is a ship that was built in Norway": what is said of the ship is said of the Fram. */
  #describedSubject(antecedent: Argument | undefined): Argument | undefined {
    const outer = this.#outer.at(-1);
    const describes =
      outer?.verb?.copula === true &&
      !outer.negated &&
      antecedent?.kind === 'common' &&
      outer.objects[0] === antecedent;
    return describes ? outer.subject : antecedent;
  }

  /** "the ship that Amundsen bought": the antecedent is the object. */
  #objectRelative(antecedent: Argument | undefined): void {
    const subject = this.#peek(1);
    const verb = this.#peek(2);
    if (
      antecedent === undefined ||
      subject?.kind !== 'np' ||
      verb?.kind !== 'verb' ||
      verb.verb.copula
    )
      return;
    this.#emit(
      subject.argument,
      verb.verb.name,
      verb.verb.span,
      antecedent,
      CONFIDENCE.loose,
      verb.verb.negated,
    );
  }

  #closeRelative(): void {
    const outer = this.#outer[0];
    this.#outer.length = 0;
    if (outer === undefined) return;
    this.#clause = outer.verb === undefined ? outer : { ...emptyClause(), subject: outer.subject };
  }

  #subordinate(): void {
    this.#outer.push(this.#clause);
    this.#clause = emptyClause();
    this.#pending = [];
  }

  #adjective(item: Extract<Item, { kind: 'adj' }>): void {
    if (this.#clause.verb?.copula === true && this.#clause.objects.length === 0)
      this.#clause.complement = { word: item.word, span: item.span };
  }

  // ------------------------------------------------------------- output

  #emitAll(
    relation: string,
    span: Span,
    object: Argument,
    confidence: number,
    negated: boolean,
  ): void {
    const subject = this.#clause.subject;
    if (subject === undefined) return;
    const verb = this.#clause.verb;
    const sure = verb?.hypothetical === true ? confidence * 0.7 : confidence;
    for (const one of [subject, ...(subject === this.#clause.subject ? this.#alsoSubjects : [])])
      this.#emit(one, relation, span, object, sure, negated);
  }

  #emit(
    subject: Argument,
    relation: string,
    relationSpan: Span,
    object: Argument,
    confidence: number,
    negated: boolean,
  ): void {
    this.#triples.push({
      subject,
      relation,
      relationSpan,
      object,
      confidence,
      negated,
      passive: this.#clause.verb?.passive === true,
    });
  }
}

function withoutOwner(argument: Argument, owner: Argument): { words: string; span: Span } {
  const rest = argument.surface.slice(owner.span.end - argument.span.start);
  const lead = /^['’]s?\s*/.exec(rest)?.[0].length ?? 0;
  return {
    words: rest.slice(lead).trim().toLowerCase(),
    span: { start: owner.span.end + lead, end: argument.span.end },
  };
}

function relationWith(
  verb: VerbGroup,
  preposition: string,
  complement: string | undefined,
): string {
  const middle = complement === undefined ? '' : ` ${complement}`;
  return `${verb.name}${middle} ${preposition}`.trim();
}

function joinSpan(a: Span, b: Span): Span {
  return a.start <= b.start ? { start: a.start, end: Math.max(a.end, b.end) } : a;
}

function emptyClause(): Clause {
  return {
    subject: undefined,
    verb: undefined,
    objects: [],
    lastRelation: undefined,
    negated: false,
    complement: undefined,
  };
}
