/** What stands behind a verb: objects, prepositional phrases, clauses; and where its clause ends. */

import type { Chunk } from './chunk.ts';
import type { Clause, Range } from './clause.ts';
import { REPORTING, SAYING } from './word-lists.ts';

export interface Complement extends Range {
  readonly kind: 'object' | 'prep' | 'adj' | 'clause' | 'infinitive' | 'adverbial' | 'time';
  /** First chunk behind the preposition or conjunction. */
  readonly start: number;
  /** Number of phrases that "A, B and C" joins. */
  readonly members: number;
}

export interface Complements {
  readonly list: readonly Complement[];
  /** Last chunk of the clause. */
  readonly to: number;
}

export class ArgumentReader {
  readonly #chunks: readonly Chunk[];
  readonly #byVerb: ReadonlyMap<number, Clause>;

  constructor(chunks: readonly Chunk[], clauses: readonly Clause[]) {
    this.#chunks = chunks;
    this.#byVerb = new Map(clauses.map((clause) => [clause.at, clause]));
  }

  /** Behind the verb group at `at`. */
  complementsOf(at: number, depth = 0): Complements {
    const list: Complement[] = [];
    let index =
      this.#byVerb.get(at)?.inverted === true
        ? (this.#byVerb.get(at)?.subject?.to ?? at) + 1
        : at + 1;
    let to = index - 1;
    while (index < this.#chunks.length) {
      const found = this.#complementAt(index, at, list, depth);
      if (found === undefined) break;
      if (found === 'skip') {
        index += 1;
        continue;
      }
      list.push(found);
      to = found.to;
      index = to + 1;
    }
    return { list, to };
  }

  #complementAt(
    index: number,
    verb: number,
    list: readonly Complement[],
    depth: number,
  ): Complement | 'skip' | undefined {
    const chunk = this.#chunks[index] as Chunk;
    const next = this.#chunks[index + 1];
    switch (chunk.kind) {
      case 'adv':
      case 'quote':
        return 'skip';
      case 'np':
        return this.#nounComplement(index, verb, list, depth);
      case 'prep':
        return this.#prepositional(index, depth);
      case 'adj':
        return { kind: 'adj', from: index, to: index, start: index, members: 1 };
      case 'vg':
        return this.#verbal(index, depth);
      case 'sub':
        return this.#subordinate(index, list);
      case 'cc':
        return next?.kind === 'prep' && this.#chunks[index + 2]?.kind === 'np' ? 'skip' : undefined;
      case 'stop':
        return chunk.word === ':' ? this.#quoted(index, verb, list) : undefined;
      case 'comma':
        return this.#behindComma(index, verb, list);
      default:
        return undefined;
    }
  }

  #behindComma(
    index: number,
    verb: number,
    list: readonly Complement[],
  ): Complement | 'skip' | undefined {
    const quoted = this.#quoted(index, verb, list);
    if (quoted !== undefined) return quoted;
    const next = this.#chunks[index + 1];
    if (next === undefined) return undefined;
    if (next.kind === 'prep' && this.#chunks[index + 2]?.kind === 'np')
      return this.#startsClause(index + 2) ? undefined : 'skip';
    if (next.kind === 'sub') return 'skip';
    if (next.kind === 'np' && next.isTime === true && !this.#startsClause(index + 1)) return 'skip';
    return undefined;
  }

  /** "said , `` ... ''": what is quoted is the object. */
  #quoted(index: number, verb: number, list: readonly Complement[]): Complement | undefined {
    if (
      list.length > 0 ||
      !SAYING.has(this.#chunks[verb]?.word ?? '') ||
      this.#chunks[index + 1]?.kind !== 'quote'
    )
      return undefined;
    const from = index + 2;
    const to = this.clauseEnd(from);
    return to < from ? undefined : { kind: 'clause', from, to, start: from, members: 1 };
  }

  #nounComplement(
    index: number,
    verb: number,
    list: readonly Complement[],
    depth: number,
  ): Complement | undefined {
    const chunk = this.#chunks[index] as Chunk;
    if (this.#startsClause(index)) {
      if (!REPORTING.has(this.#chunks[verb]?.word ?? '') || list.length > 0) return undefined;
      const to = this.clauseEnd(index);
      return { kind: 'clause', from: index, to, start: index, members: 1 };
    }
    const phrase = this.phrase(index, depth);
    const isTime = chunk.isTime === true && phrase.to === index;
    return {
      kind: isTime ? 'time' : 'object',
      from: index,
      to: phrase.to,
      start: index,
      members: phrase.members,
    };
  }

  #prepositional(index: number, depth: number): Complement | undefined {
    const chunk = this.#chunks[index] as Chunk;
    let at = index + 1;
    while (/^(adv|quote)$/.test(this.#chunks[at]?.kind ?? '')) at += 1;
    const next = this.#chunks[at];
    if (next?.kind === 'prep') {
      const inner = this.#prepositional(at, depth);
      return inner === undefined ? undefined : { ...inner, from: index, start: at };
    }
    if (next?.kind === 'np') {
      const phrase = this.phrase(at, depth);
      // "before he came": a conjunction after all.
      if (this.#startsClause(at)) {
        if (!/^(before|after|until|since|as|than|for|like|till)$/.test(chunk.word))
          return undefined;
        const to = this.#adverbialEnd(at);
        return { kind: 'adverbial', from: index, to, start: index, members: 1 };
      }
      return { kind: 'prep', from: index, to: phrase.to, start: at, members: phrase.members };
    }
    if (next?.kind === 'vg' && next.verb?.finite === false) {
      const to = Math.max(this.complementsOf(at, depth + 1).to, at);
      return { kind: 'prep', from: index, to, start: at, members: 1 };
    }
    if (next?.kind === 'adj') return { kind: 'prep', from: index, to: at, start: at, members: 1 };
    return undefined;
  }

  #verbal(index: number, depth: number): Complement | undefined {
    const verb = this.#chunks[index]?.verb;
    if (verb === undefined || depth > 3) return undefined;
    const clause = this.#byVerb.get(index);
    if (verb.infinitive || clause?.kind === 'gerund') {
      const to = Math.max(this.complementsOf(index, depth + 1).to, index);
      return { kind: 'infinitive', from: index, to, start: index, members: 1 };
    }
    return undefined;
  }

  #subordinate(index: number, list: readonly Complement[]): Complement | undefined {
    const word = this.#chunks[index]?.word ?? '';
    if (/^(that|whether)$/.test(word)) {
      if (list.some((one) => one.kind === 'clause')) return undefined;
      const to = this.clauseEnd(index + 1);
      return to <= index
        ? undefined
        : { kind: 'clause', from: index, to, start: index + 1, members: 1 };
    }
    const to = this.#adverbialEnd(index + 1);
    return to <= index
      ? undefined
      : { kind: 'adverbial', from: index, to, start: index, members: 1 };
  }

  // ------------------------------------------------------------- phrases

  /** A noun phrase with its of-phrases, participles and joined members. */
  phrase(start: number, depth = 0): { readonly to: number; readonly members: number } {
    let members = 1;
    let to = this.#withOf(start, depth);
    for (;;) {
      const next = this.#nextMember(to);
      if (next === undefined) return { to, members };
      members += 1;
      to = this.#withOf(next, depth);
    }
  }

  #withOf(start: number, depth: number): number {
    let to = start;
    for (;;) {
      const next = this.#chunks[to + 1];
      const after = this.#chunks[to + 2];
      if (next?.word === 'of' && after?.kind === 'np' && !this.#startsClause(to + 2)) to += 2;
      else if (
        next?.word === 'of' &&
        after?.kind === 'vg' &&
        after.verb?.gerund === true &&
        depth < 4
      )
        to = Math.max(this.complementsOf(to + 2, depth + 1).to, to + 2);
      else if (next?.kind === 'vg' && this.#byVerb.get(to + 1)?.kind === 'participle' && depth < 4)
        to = Math.max(this.complementsOf(to + 1, depth + 1).to, to + 1);
      else if (this.#continuesName(to)) to += 2;
      else return to;
    }
  }

  /** "Salt Lake City , Utah", "December 31 , 1963". */
  #continuesName(at: number): boolean {
    const [first, comma, second, after] = this.#chunks.slice(at, at + 4);
    if (comma?.kind !== 'comma' || second?.kind !== 'np' || second.from !== second.to) return false;
    if (first?.isTime === true) return /^\d{4}$/.test(second.word);
    return (
      first?.isName === true &&
      second.isName === true &&
      this.#chunks[at - 1]?.kind === 'prep' &&
      !/^(cc|np)$/.test(after?.kind ?? '') &&
      !(after?.kind === 'comma' && /^(np|cc)$/.test(this.#chunks[at + 4]?.kind ?? '')) &&
      !this.#startsClause(at + 2)
    );
  }

  /** Start of the next member of a list that goes on behind `to`. */
  #nextMember(to: number): number | undefined {
    let at = to + 1;
    const comma = this.#chunks[at]?.kind === 'comma';
    if (comma) at += 1;
    const cc = this.#chunks[at]?.kind === 'cc' && this.#chunks[at]?.word !== 'but';
    if (cc) at += 1;
    if (!comma && !cc) return undefined;
    while (/^(quote|adv)$/.test(this.#chunks[at]?.kind ?? '')) at += 1;
    if (this.#chunks[at]?.kind !== 'np' || this.#startsClause(at)) return undefined;
    if (comma && !cc && !this.#listCloses(at)) return undefined;
    return at;
  }

  /** Behind "A, B" another comma or "and" has to close the list. */
  #listCloses(at: number): boolean {
    let index = this.#withOf(at, 4) + 1;
    for (let members = 0; members < 12; members += 1) {
      const comma = this.#chunks[index]?.kind === 'comma';
      if (comma) index += 1;
      if (this.#chunks[index]?.kind === 'cc')
        return this.#chunks[index + 1]?.kind === 'np' && !this.#startsClause(index + 1);
      if (!comma || this.#chunks[index]?.kind !== 'np' || this.#startsClause(index)) return false;
      index = this.#withOf(index, 4) + 1;
    }
    return false;
  }

  /** Whether the noun phrase at `at` is the subject of a finite verb. */
  #startsClause(at: number): boolean {
    for (const clause of this.#byVerb.values()) {
      const { subject } = clause;
      if (clause.inverted || subject === undefined || clause.at < at) continue;
      if (
        clause.kind === 'main' ||
        (clause.kind === 'relative' && this.#chunks[subject.from - 1]?.kind === 'rel')
      )
        if (subject.from === at) return true;
    }
    return false;
  }

  // ------------------------------------------------------------- ends

  /** A clause as object runs to the end of the sentence or to a stronger mark. */
  clauseEnd(from: number): number {
    let to = from;
    while (to + 1 < this.#chunks.length && this.#chunks[to + 1]?.kind !== 'stop') {
      to += 1;
    }
    while (/^(comma|quote)$/.test(this.#chunks[to]?.kind ?? '')) to -= 1;
    return to;
  }

  #adverbialEnd(from: number): number {
    let to = from - 1;
    while (
      to + 1 < this.#chunks.length &&
      !/^(stop|comma|open|close)$/.test(this.#chunks[to + 1]?.kind ?? '')
    )
      to += 1;
    return to;
  }
}
