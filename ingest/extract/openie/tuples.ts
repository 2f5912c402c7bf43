/** Clauses and noun phrases -> tuples of words. */

import { ArgumentReader, type Complement } from './arguments.ts';
import type { Chunk } from './chunk.ts';
import type { Clause, Range } from './clause.ts';
import { tupleConfidence } from './confidence.ts';
import { nounTuples } from './noun-tuples.ts';
import { wordsBetween, type Words, type WordTuple } from './word-tuple.ts';
import type { Word } from './words.ts';

export function tuplesOf(
  words: readonly Word[],
  chunks: readonly Chunk[],
  clauses: readonly Clause[],
): WordTuple[] {
  const reader = new ArgumentReader(chunks, clauses);
  const writer = new ClauseWriter(chunks, reader);
  return [
    ...clauses.flatMap((clause) => writer.tuples(clause)),
    ...nounTuples(words, chunks, reader),
  ];
}

class ClauseWriter {
  readonly #chunks: readonly Chunk[];
  readonly #reader: ArgumentReader;

  constructor(chunks: readonly Chunk[], reader: ArgumentReader) {
    this.#chunks = chunks;
    this.#reader = reader;
  }

  tuples(clause: Clause): WordTuple[] {
    const { subject } = clause;
    if (subject === undefined || this.#isChained(clause)) return [];
    const { relation, last, negated } = this.#relation(clause);
    const list = this.#complements(clause, last);
    const base = { subject: this.#words(subject), negated };
    if (clause.inverted || (list.length === 0 && this.#isReport(clause, subject)))
      return this.#report({ ...base, relation }, clause, subject);
    const [first, ...rest] = list;
    const leading = this.#leading(clause);
    const source = { clause: clause.kind, complement: first?.kind ?? 'none' } as const;
    const confidence = tupleConfidence(source);
    if (confidence === 0) return [];
    // "deteriorated quickly": adverbs go with the verb when no object follows.
    const verb = first?.kind === 'object' ? relation : [...relation, ...this.#adverbs(last)];
    if (first === undefined)
      return [{ ...base, relation: verb, args: leading, source, confidence }];
    const folded = first.kind === 'prep';
    const preposition = folded ? this.#words({ from: first.from, to: first.start - 1 }) : [];
    const object = this.#words({ from: folded ? first.start : first.from, to: first.to });
    const others = rest.map((one) => this.#words(one));
    return [
      {
        ...base,
        relation: [...verb, ...preposition],
        args: [object, ...others, ...leading],
        source,
        confidence,
      },
    ];
  }

  /** With what "that he bought" leaves out put back. */
  #complements(clause: Clause, last: number): readonly Complement[] {
    const list = this.#reader.complementsOf(last).list;
    const { antecedent } = clause;
    if (antecedent === undefined || /^(object|clause)$/.test(list[0]?.kind ?? '')) return list;
    return [{ kind: 'object', ...antecedent, start: antecedent.from, members: 1 }, ...list];
  }

  /** "refused to grant", "is able to win", "began working": one relation. */
  #relation(clause: Clause): { relation: number[]; last: number; negated: boolean } {
    let last = clause.at;
    let negated = clause.verb.negated;
    for (;;) {
      const next = this.#chunks[last + 1];
      const after = this.#chunks[last + 2];
      const adjective = next?.kind === 'adj' && after?.verb?.infinitive === true;
      if (!adjective && !this.#chains(last)) break;
      last += adjective ? 2 : 1;
      negated ||= this.#chunks[last]?.verb?.negated === true;
    }
    return { relation: this.#words({ from: clause.at, to: last }), last, negated };
  }

  #chains(at: number): boolean {
    const next = this.#chunks[at + 1]?.verb;
    if (next === undefined) return false;
    return next.infinitive || (next.gerund && this.#chunks[at]?.verb?.copula !== true);
  }

  /** The verb is a part of the relation of the verb before. */
  #isChained(clause: Clause): boolean {
    if (clause.kind !== 'infinitive' && clause.kind !== 'gerund') return false;
    const before = this.#chunks[clause.at - 1];
    return (
      before?.kind === 'vg' ||
      (before?.kind === 'adj' && this.#chunks[clause.at - 2]?.kind === 'vg')
    );
  }

  #adverbs(verb: number): number[] {
    let to = verb;
    while (this.#chunks[to + 1]?.kind === 'adv') to += 1;
    return to > verb ? this.#words({ from: verb + 1, to }) : [];
  }

  // ------------------------------------------------------------- who said it

  /** "..., a spokeswoman says" */
  #isReport(clause: Clause, subject: Range): boolean {
    return (
      /^(say|says|said)$/.test(this.#chunks[clause.at]?.word ?? '') &&
      /^(comma|quote)$/.test(this.#chunks[subject.from - 1]?.kind ?? '')
    );
  }

  #report(
    base: Pick<WordTuple, 'subject' | 'relation' | 'negated'>,
    clause: Clause,
    subject: Range,
  ): WordTuple[] {
    let to = (clause.inverted ? clause.at : subject.from) - 1;
    while (to >= 0 && /^(comma|quote|stop)$/.test(this.#chunks[to]?.kind ?? '')) to -= 1;
    if (to < 0) return [];
    let from = to;
    while (from > 0 && this.#chunks[from - 1]?.kind !== 'stop') from -= 1;
    const confidence = tupleConfidence('report');
    return [{ ...base, args: [this.#words({ from, to })], source: 'report', confidence }];
  }

  // ------------------------------------------------------------- before the subject

  /** "In 2008 , Bond apologized": a phrase that opens the clause. */
  #leading(clause: Clause): Words[] {
    if (clause.kind !== 'main' || clause.subject === undefined) return [];
    let to = clause.subject.from - 1;
    while (this.#is(to, /^(comma|quote|adv)$/)) to -= 1;
    let from = to;
    while (this.#is(from - 1, /^(np|prep|adj|adv|quote)$/)) from -= 1;
    while (from <= to && this.#is(from, /^(adv|quote|adj)$/)) from += 1;
    const first = this.#chunks[from];
    if (from > to || first === undefined || to < 0) return [];
    const opens = from === 0 || this.#is(from - 1, /^(stop|sub|cc|quote|adv)$/);
    const says = first.kind === 'prep' ? to > from : first.isTime === true;
    return opens && says ? [this.#words({ from, to })] : [];
  }

  #is(at: number, kinds: RegExp): boolean {
    return kinds.test(this.#chunks[at]?.kind ?? '');
  }

  /** Words of chunks [from, to]. */
  #words({ from, to }: Range): number[] {
    return wordsBetween(this.#chunks[from]?.from ?? 0, this.#chunks[to]?.to ?? -1);
  }
}
