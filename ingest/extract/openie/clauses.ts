/** Verb groups -> clauses: who each verb speaks of, and whether a past form is a participle. */

import type { Chunk, VerbFeatures } from './chunk.ts';
import type { Clause, ClauseKind, Range } from './clause.ts';
import {
  isInverted,
  isRelativeVerb,
  laterFinite,
  nearPhrase,
  phraseAfter,
  skipBack,
} from './walk-chunks.ts';

export function clausesOf(chunks: readonly Chunk[]): Clause[] {
  return new ClauseReader(chunks).read();
}

class ClauseReader {
  readonly #chunks: readonly Chunk[];
  readonly #clauses: Clause[] = [];
  /** Ambiguous past forms that turned out participles. */
  readonly #reduced = new Set<number>();

  constructor(chunks: readonly Chunk[]) {
    this.#chunks = chunks;
  }

  read(): Clause[] {
    for (const [at, chunk] of this.#chunks.entries())
      if (chunk.verb !== undefined) this.#clauses.push(this.#clauseAt(at, chunk.verb));
    return this.#clauses.map((clause) => this.#withLaterSubject(clause));
  }

  #clauseAt(at: number, verb: VerbFeatures): Clause {
    const make = (
      kind: ClauseKind,
      subject?: Range,
      governor?: Clause,
      inverted = false,
    ): Clause => ({
      kind,
      at,
      verb,
      subject,
      inverted,
      governor,
    });
    if (verb.infinitive)
      return make('infinitive', this.#clauses.at(-1)?.subject, this.#clauses.at(-1));
    const left = skipBack(this.#chunks, at - 1);
    const before = this.#chunks[left];
    if (verb.gerund || (!verb.finite && !verb.ambiguous)) return this.#nonFinite(at, left, make);
    if (verb.ambiguous && this.#isReduced(at, left)) {
      this.#reduced.add(at);
      return this.#nonFinite(at, left, make);
    }
    if (before?.kind === 'rel') return make('relative', this.#antecedent(left));
    if (before?.kind === 'cc') {
      const partner = this.#partner(left);
      return make('coordinate', partner?.subject, partner);
    }
    if (before !== undefined && /^(np|adj|vg)$/.test(before.kind)) {
      const subject = this.#subjectEndingAt(left);
      if (subject !== undefined) return this.#withRelative(subject, make);
    }
    if (isInverted(this.#chunks, at, left))
      return make('main', phraseAfter(this.#chunks, at), undefined, true);
    if (before !== undefined && /^(comma|close|quote|stop)$/.test(before.kind))
      return this.#behindInsertion(left, make);
    return make('main');
  }

  /** "which Keibler lost": the subject is its own, but what the clause says belongs to a relative. */
  #withRelative(subject: Range, make: (kind: ClauseKind, subject?: Range) => Clause): Clause {
    const rel = subject.from - 1;
    if (this.#chunks[rel]?.kind !== 'rel') return make('main', subject);
    const isObject =
      /^(which|that|whom|who)$/.test(this.#chunks[rel]?.word ?? '') &&
      this.#chunks[rel - 1]?.kind !== 'prep';
    return {
      ...make('relative', subject),
      antecedent: isObject ? this.#antecedent(rel) : undefined,
    };
  }

  #nonFinite(
    at: number,
    left: number,
    make: (kind: ClauseKind, subject?: Range, governor?: Clause) => Clause,
  ): Clause {
    const before = this.#chunks[left];
    const partner = this.#clauses.at(-1);
    if (before?.kind === 'np') return make('participle', nearPhrase(this.#chunks, left));
    if (before?.kind === 'prep' || before?.kind === 'sub')
      return make('gerund', this.#finiteBefore(at)?.subject, partner);
    if (before?.kind === 'cc')
      return make(partner?.kind === 'gerund' ? 'gerund' : 'participle', partner?.subject, partner);
    if (before?.kind === 'vg') return make('gerund', partner?.subject, partner);
    if (before?.kind === 'comma') {
      const governor = this.#finiteBefore(at);
      const apposed = this.#chunks[left - 1];
      // "The city , known as X , is": no finite verb yet.
      if (governor === undefined && apposed?.kind === 'np')
        return make('participle', this.#subjectEndingAt(left - 1));
      return make('participle', governor?.subject, governor);
    }
    return make('participle', undefined, undefined);
  }

  /** "Drawing on this , he wrote": the subject comes later. */
  #withLaterSubject(clause: Clause): Clause {
    if (clause.subject !== undefined || clause.kind === 'main') return clause;
    const later = this.#clauses.find(
      (one) => one.at > clause.at && one.kind === 'main' && one.subject !== undefined,
    );
    return later === undefined || clause.kind === 'relative'
      ? clause
      : { ...clause, subject: later.subject };
  }

  // ------------------------------------------------------------- past form or participle

  #isReduced(at: number, left: number): boolean {
    const before = this.#chunks[left];
    const next = this.#chunks[at + 1];
    if (before === undefined) return true;
    if (before.kind === 'prep') return true;
    if (before.kind === 'sub') return true;
    if (before.kind === 'rel') return false;
    if (before.kind === 'cc') return this.#isReducedPartner(left);
    const later = laterFinite(this.#chunks, at);
    if (before.kind === 'comma') {
      if (next?.kind === 'np' && !next.isTime) return false;
      return later || this.#finiteBefore(at) !== undefined;
    }
    if (before.kind !== 'np' && before.kind !== 'close') return false;
    if (before.isPronoun === true && before.word !== 'those' && before.word !== 'that')
      return false;
    if (next?.kind === 'np' && !next.isTime) return false;
    if (next?.kind === 'sub' && next.word === 'that') return false;
    if (later) return true;
    return this.#ownsVerb(left);
  }

  #isReducedPartner(cc: number): boolean {
    const partner = this.#partner(cc);
    return partner !== undefined && this.#reduced.has(partner.at);
  }

  /** The phrase before is already governed by a finite verb of its clause: "He bought a hut built in 1911". */
  #ownsVerb(left: number): boolean {
    for (let index = left - 1; index >= 0; index -= 1) {
      const chunk = this.#chunks[index] as Chunk;
      if (/^(sub|rel|stop|comma)$/.test(chunk.kind)) return false;
      // "brought on one knee and the fight ended": "and" joins clauses unless it joins objects.
      if (
        chunk.kind === 'cc' &&
        !(this.#chunks[index - 1]?.kind === 'np' && this.#chunks[index - 2]?.verb !== undefined)
      )
        return false;
      if (chunk.verb !== undefined && !this.#reduced.has(index)) return true;
      if (
        chunk.kind === 'np' &&
        !/^(prep|cc)$/.test(this.#chunks[index + 1]?.kind ?? '') &&
        index < left
      )
        return false;
    }
    return false;
  }

  // ------------------------------------------------------------- subjects

  #finiteBefore(at: number): Clause | undefined {
    return this.#clauses.findLast(
      (one) => one.at < at && /^(main|coordinate)$/.test(one.kind) && one.subject !== undefined,
    );
  }

  /** The verb that "and" joins this one to. */
  #partner(cc: number): Clause | undefined {
    const comma = this.#chunks[cc - 1]?.kind === 'comma';
    const fits = (one: Clause): boolean =>
      comma ? /^(main|coordinate)$/.test(one.kind) : one.kind !== 'infinitive' || false;
    return (
      this.#clauses.findLast(
        (one) =>
          one.at < cc &&
          fits(one) &&
          one.subject !== undefined &&
          (comma || one.verb.finite || one.verb.ambiguous),
      ) ?? this.#clauses.findLast((one) => one.subject !== undefined)
    );
  }

  /** "the river, which": the phrase before the relative word. */
  #antecedent(rel: number): Range | undefined {
    let at = skipBack(this.#chunks, rel - 1);
    if (this.#chunks[at]?.kind === 'cc') {
      const partner = this.#clauses.findLast((one) => one.kind === 'relative');
      return partner?.subject;
    }
    if (this.#chunks[at]?.kind === 'prep') {
      if (this.#chunks[at - 1]?.kind !== 'np') return undefined;
      at -= 2;
    }
    while (/^(comma|quote|close|adv)$/.test(this.#chunks[at]?.kind ?? '')) at -= 1;
    return this.#chunks[at]?.kind === 'np' ? nearPhrase(this.#chunks, at) : undefined;
  }

  #subjectEndingAt(to: number): Range | undefined {
    const from = this.#extendLeft(to);
    if (from === undefined || this.#chunks[from]?.kind !== 'np') return undefined;
    return { from, to };
  }

  /** First chunk of the subject whose last chunk is at `at`. */
  #extendLeft(start: number): number | undefined {
    let at = start;
    // "before he could": a nominative begins its clause.
    if (
      /^(he|she|they|we|i)$/.test(this.#chunks[at]?.word ?? '') &&
      this.#chunks[at - 1]?.kind !== 'cc'
    )
      return at;
    while (at > 0) {
      const chunk = this.#chunks[at] as Chunk;
      const before = this.#chunks[at - 1] as Chunk;
      const previous = this.#chunks[at - 2];
      if (
        chunk.verb !== undefined &&
        !(chunk.verb.finite && !isRelativeVerb(this.#chunks, at)) &&
        before.kind === 'np'
      )
        at -= 1;
      else if (chunk.kind === 'rel' && before.kind === 'np') at -= 1;
      else if (/^(adj|adv)$/.test(chunk.kind)) at -= 1;
      else if (
        before.kind === 'prep' &&
        (previous?.kind === 'np' || (previous?.verb !== undefined && this.#isModifier(at - 2)))
      )
        at -= 2;
      else if (before.verb !== undefined && this.#isModifier(at - 1)) at -= 1;
      else if (before.kind === 'cc') {
        const joined = this.#joinedBefore(at);
        if (joined === undefined) break;
        at = joined;
      } else break;
    }
    return at;
  }

  /** A participle or relative verb inside a subject: "factors affecting", "a hut built". */
  #isModifier(at: number): boolean {
    const verb = this.#chunks[at]?.verb;
    if (verb === undefined) return false;
    if (this.#reduced.has(at)) return true;
    if (verb.finite || verb.ambiguous) return isRelativeVerb(this.#chunks, at) && !verb.ambiguous;
    return /^(np|rel)$/.test(this.#chunks[skipBack(this.#chunks, at - 1)]?.kind ?? '');
  }

  /** "A , B and C were": the first of the joined phrases, unless a verb before owns them. */
  #joinedBefore(at: number): number | undefined {
    let left = at - 2;
    if (this.#chunks[left]?.kind === 'comma') left -= 1;
    if (this.#chunks[left]?.kind !== 'np') return undefined;
    let from = this.#extendLeft(left) ?? left;
    while (
      this.#chunks[from - 1]?.kind === 'comma' &&
      this.#chunks[from - 2]?.kind === 'np' &&
      !this.#chunks[from - 2]?.isTime
    )
      from = this.#extendLeft(from - 2) ?? from - 2;
    const owner = this.#chunks[skipBack(this.#chunks, from - 1)];
    const governed = owner?.kind === 'vg' || owner?.kind === 'prep';
    return governed ? undefined : from;
  }

  /** "X , who came late , was", "X ( 1900 - 1950 ) was": over the insertion to the phrase before it. */
  #behindInsertion(
    close: number,
    make: (kind: ClauseKind, subject?: Range, governor?: Clause) => Clause,
  ): Clause {
    for (let at = close - 1; at > 0; at -= 1) {
      const chunk = this.#chunks[at] as Chunk;
      if (!/^(comma|open|stop)$/.test(chunk.kind)) continue;
      const before = skipBack(this.#chunks, at - 1);
      if (this.#chunks[before]?.kind === 'cc') {
        const partner = this.#partner(before);
        return make('coordinate', partner?.subject, partner);
      }
      if (this.#chunks[before]?.kind === 'rel') return make('relative', this.#antecedent(before));
      if (this.#chunks[before]?.kind === 'np' && this.#isInsertion(at + 1, close)) {
        const subject = this.#subjectEndingAt(before);
        const owner = this.#chunks[skipBack(this.#chunks, (subject?.from ?? 0) - 1)];
        if (subject !== undefined && owner?.kind !== 'prep' && !(owner?.verb?.finite === true))
          return make('main', subject);
      }
    }
    const governor = this.#finiteBefore(close);
    // "The university however , refused": nothing but an adverb is inserted.
    const before = skipBack(this.#chunks, close - 1);
    if (governor === undefined && this.#chunks[before]?.kind === 'np')
      return make('main', this.#subjectEndingAt(before));
    return make('coordinate', governor?.subject, governor);
  }

  #isInsertion(from: number, to: number): boolean {
    const first = this.#chunks[from];
    if (first === undefined || from >= to) return false;
    if (/^(rel|sub)$/.test(first.kind)) return true;
    return !this.#chunks
      .slice(from, to)
      .some(
        (chunk, index) =>
          chunk.verb?.finite === true && !isRelativeVerb(this.#chunks, from + index),
      );
  }
}
