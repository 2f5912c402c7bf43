/** The chain from the question's entities over facts to the evidence, as a person can follow it. */
import type { Fact, Span } from '../graph/index.ts';
import type { EvidenceChain } from './chain.ts';
import type { Evidence } from './evidence.ts';
import type { Question } from './question.ts';
import type { EvidenceSentence } from './sentences.ts';
import type { GraphPath, PathStep, SearchResult } from './types.ts';
import { contentTerms } from './words.ts';

interface Named {
  readonly id: string;
  readonly name: string;
}

/**
 * Entity, fact, entity, fact …: each sentence is entered by an entity (one of the question, then the bridge)
 * and stands for the fact it supports that says most; a sentence without such a fact stands for itself.
 */
export function evidencePath(
  chain: EvidenceChain,
  evidence: readonly Evidence[],
  question: Question,
  result: SearchResult,
): GraphPath {
  const steps: PathStep[] = [];
  const visit = (entity: Named | undefined): void => {
    const last = steps.at(-1);
    if (!entity || (last?.kind === 'entity' && last.id === entity.id)) return;
    steps.push({ kind: 'entity', id: entity.id, name: entity.name });
  };
  chain.sentences.forEach((sentence, i) => {
    const isLast = i === chain.sentences.length - 1;
    const entry = i === 0 ? namedByQuestion(sentence, result) : chain.bridges[i - 1];
    const exit = chain.bridges[i];
    visit(entry);
    const answer = isLast ? evidence.at(-1)?.answerSpan : undefined;
    const fact = bestFact(sentence, entry, exit, answer, question);
    if (fact) steps.push({ kind: 'fact', fact, chunkId: sentence.candidate.chunk.id });
    else steps.push({ kind: 'chunk', chunk: sentence.candidate.chunk, span: sentence.span });
    visit(exit ?? (fact && (answerEnd(fact, answer) ?? otherEnd(fact, entry))));
  });
  return { score: chain.score, steps };
}

function namedByQuestion(
  { entities, facts }: EvidenceSentence,
  { entities: linked }: SearchResult,
): Named | undefined {
  const inFacts = new Set(facts.flatMap((fact) => [fact.subject.id, fact.object.id]));
  const inSentence = new Set(entities.map(({ id }) => id));
  return (
    linked.find(({ id }) => inFacts.has(id)) ??
    linked.find(({ id }) => inSentence.has(id)) ??
    linked[0]
  );
}

/** The fact that ties the entry to the exit or to the answer; else one about the entry. */
function bestFact(
  { facts }: EvidenceSentence,
  entry: Named | undefined,
  exit: Named | undefined,
  answer: Span | undefined,
  question: Question,
): Fact | undefined {
  const touches = (fact: Fact, entity: Named | undefined): boolean =>
    entity !== undefined && (fact.subject.id === entity.id || fact.object.id === entity.id);
  const rank = (fact: Fact): number =>
    (answerEnd(fact, answer) ? 4 : 0) +
    (touches(fact, exit) ? 4 : 0) +
    (touches(fact, entry) ? 2 : 0) +
    (termsMeet(fact.relation, question) ? 2 : 0) +
    (question.answerTypes.includes(fact.object.type) ? 1 : 0) +
    fact.confidence;
  return facts
    .filter((fact) => !fact.negated)
    .toSorted((a, b) => rank(b) - rank(a) || (a.id < b.id ? -1 : 1))[0];
}

function termsMeet(relation: string, { terms }: Question): boolean {
  return contentTerms(relation).some((term) => terms.includes(term));
}

function answerEnd(fact: Fact, answer: Span | undefined): Named | undefined {
  if (!answer) return undefined;
  for (const support of fact.support) {
    if (overlaps(support.objectSpan, answer)) return fact.object;
    if (overlaps(support.subjectSpan, answer)) return fact.subject;
  }
  return undefined;
}

function otherEnd(fact: Fact, entry: Named | undefined): Named {
  return fact.object.id === entry?.id ? fact.subject : fact.object;
}

function overlaps(a: Span, b: Span): boolean {
  return a.start < b.end && b.start < a.end;
}
