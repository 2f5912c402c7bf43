/**
 * The chain of sentences that supports an answer: one sentence, or up to three, each tied to the
 * next by an entity that it introduces and the next speaks of. The same idea as the walk over chunks, one
 * level down: a further sentence counts by what of the question the ones before have left open.
 */
import type { Span } from '../graph/index.ts';
import type { Question } from './question.ts';
import type { EvidencePool, EvidenceSentence, SentenceEntity } from './sentences.ts';
import { termSet } from './term-weights.ts';

export interface EvidenceChain {
  /** In the order of reading; the last one holds the answer. */
  readonly sentences: readonly EvidenceSentence[];
  /** Entities that tie each sentence to the next: one fewer than sentences. */
  readonly bridges: readonly SentenceEntity[];
  readonly score: number;
  /** Share of the question's terms that the chain holds, by weight, 0..1. */
  readonly coverage: number;
}

/** Chains that are tried to be made longer. */
const STARTS = 12;
const MOST_SENTENCES = 3;
/** Share of the question that one more sentence has to bring. */
const LEAST_GAIN = 0.08;
/** A last sentence that names something of the asked type gains this; half of it if the type is unknown. */
const TYPE_BONUS = 0.3;
/** The sentence before the last says of the bridge just what the question asks ("designer of the Fram"). */
const RELATION_BONUS = 0.2;
/** What each further sentence costs: a short chain that says as much is better. */
const LENGTH_COST = 0.08;
/** What the rank of the chunks contributes. */
const RANK_SHARE = 0.2;

/** Best first. */
export function evidenceChains(question: Question, pool: EvidencePool): EvidenceChain[] {
  const score = scorer(question, pool);
  const all = pool.sentences.map((sentence) => score([sentence], [])).toSorted(byScore);
  let longest = all;
  for (let length = 2; length <= MOST_SENTENCES; length++) {
    longest = longest
      .slice(0, STARTS)
      .flatMap((chain) => extensions(chain, question, pool, score))
      .toSorted(byScore);
    all.push(...longest);
  }
  return all.toSorted(byScore);
}

type Score = (
  sentences: readonly EvidenceSentence[],
  bridges: readonly SentenceEntity[],
) => EvidenceChain;

function scorer(question: Question, { sentences: all, weights }: EvidencePool): Score {
  const asked = new Set(question.terms);
  const largest = Math.max(...all.map(({ candidate }) => candidate.score), Number.MIN_VALUE);
  return (sentences, bridges) => {
    const last = sentences.at(-1)!;
    const bridge = bridges.at(-1);
    const held = new Set(sentences.flatMap((sentence) => [...sentence.terms]));
    const coverage = weights.coverage(question.terms, held);
    const rank = Math.min(...sentences.map(({ candidate }) => candidate.score)) / largest;
    const typed = TYPE_BONUS * typeFit(question, last, asked, bridge);
    const related = bridge && saysRelation(sentences.at(-2)!, bridge, asked) ? RELATION_BONUS : 0;
    const cost = LENGTH_COST * (sentences.length - 1);
    return {
      sentences,
      bridges,
      coverage,
      score: coverage + RANK_SHARE * rank + typed + related - cost,
    };
  };
}

/** The chain with one more sentence that speaks of an entity the last one brought in. */
function extensions(
  chain: EvidenceChain,
  question: Question,
  { sentences, weights }: EvidencePool,
  score: Score,
): EvidenceChain[] {
  const asked = new Set(question.terms);
  const held = new Set(chain.sentences.flatMap((sentence) => [...sentence.terms]));
  const open = question.terms.filter((term) => !held.has(term));
  const last = chain.sentences.at(-1)!;
  const bridges = last.entities.filter(
    ({ id, terms, type }) =>
      !chain.bridges.some((known) => known.id === id) &&
      type !== 'date' &&
      type !== 'quantity' &&
      bringsNew(terms, asked),
  );
  const brings = (next: EvidenceSentence): boolean =>
    weights.coverage(question.terms, intersection(open, next.terms)) >= LEAST_GAIN;
  return bridges.flatMap((bridge) =>
    sentences
      .filter(
        (next) =>
          !chain.sentences.includes(next) &&
          next.entities.some(({ id }) => id === bridge.id) &&
          brings(next),
      )
      .map((next) => score([...chain.sentences, next], [...chain.bridges, bridge])),
  );
}

function intersection(terms: readonly string[], held: ReadonlySet<string>): Set<string> {
  return new Set(terms.filter((term) => held.has(term)));
}

/** 1: something new of the asked type; 0.5: something new of no known type; 0: neither. */
function typeFit(
  { answerTypes }: Question,
  { entities }: EvidenceSentence,
  asked: ReadonlySet<string>,
  bridge: SentenceEntity | undefined,
): number {
  const fits = entities
    .filter(({ id, terms }) => id !== bridge?.id && bringsNew(terms, asked))
    .map(({ type }) => (answerTypes.includes(type) ? 1 : type === 'thing' ? 0.5 : 0));
  return answerTypes.length > 0 ? Math.max(0, ...fits) : 0;
}

/** A fact between the bridge and something the question names, by a relation the question names. */
function saysRelation(
  { facts }: EvidenceSentence,
  bridge: SentenceEntity,
  asked: ReadonlySet<string>,
): boolean {
  return facts.some(({ subject, relation, object }) => {
    const other = subject.id === bridge.id ? object : object.id === bridge.id ? subject : undefined;
    if (!other) return false;
    return (
      [...termSet(other.name)].some((term) => asked.has(term)) &&
      [...termSet(relation)].some((term) => asked.has(term))
    );
  });
}

/**
 * Where the last sentence of a chain names the answer, as far as types and facts tell: something new of the
 * asked type, best the other end of a fact about what led here. Undefined if nothing fits.
 */
export function likelyAnswer(question: Question, chain: EvidenceChain): Span | undefined {
  const asked = new Set(question.terms);
  const { entities, facts } = chain.sentences.at(-1)!;
  const bridge = chain.bridges.at(-1);
  const isTied = (id: string): boolean =>
    facts.some(({ subject, object }) => {
      const other = subject.id === id ? object : object.id === id ? subject : undefined;
      if (!other) return false;
      return other.id === bridge?.id || !bringsNew(termSet(other.name), asked);
    });
  const fitting = entities.filter(
    ({ id, type, terms, span }) =>
      span && id !== bridge?.id && question.answerTypes.includes(type) && bringsNew(terms, asked),
  );
  return (fitting.find(({ id }) => isTied(id)) ?? fitting[0])?.span;
}

function bringsNew(terms: ReadonlySet<string>, asked: ReadonlySet<string>): boolean {
  return [...terms].some((term) => !asked.has(term));
}

function byScore(a: EvidenceChain, b: EvidenceChain): number {
  return b.score - a.score;
}
