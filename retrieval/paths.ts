/** The chain from the question's entities over facts to the evidence, as a person can follow it. */
import type { Entity, Fact, Span } from '../graph/index.ts';
import type { Evidence } from './evidence.ts';
import { inside } from './sentences.ts';
import type { GraphPath, PathStep, SearchResult } from './types.ts';

/**
 * One path through the pieces of evidence, in order: the entity a piece is entered by, the fact of that
 * entity which its sentence supports (or the sentence itself where no fact was extracted), and so on.
 */
export function evidencePath(
  evidence: readonly Evidence[],
  facts: readonly Fact[],
  result: SearchResult,
): GraphPath {
  const steps: PathStep[] = [];
  evidence.forEach((piece, i) => {
    const entry = i === 0 ? questionEntity(piece, facts, result.entities) : linkInto(piece, result);
    if (entry) push(steps, { kind: 'entity', id: entry.id, name: entry.name });
    const said = factOf(piece, facts, entry?.id);
    if (said) steps.push({ kind: 'fact', fact: said, chunkId: piece.chunk.id });
    else steps.push({ kind: 'chunk', chunk: piece.chunk, span: piece.span });
    const target = said && piece.answerSpan && answerEntity(said, piece.answerSpan);
    if (target) push(steps, { kind: 'entity', id: target.id, name: target.name });
  });
  const last = evidence.at(-1);
  const score = result.candidates.find((each) => each.chunk.id === last?.chunk.id)?.score ?? 0;
  return { score, steps };
}

function push(steps: PathStep[], step: PathStep & { kind: 'entity' }): void {
  const last = steps.at(-1);
  if (last?.kind !== 'entity' || last.id !== step.id) steps.push(step);
}

interface Named {
  readonly id: string;
  readonly name: string;
}

/** The entity of the question that the first piece speaks of. */
function questionEntity(
  piece: Evidence,
  facts: readonly Fact[],
  linked: readonly Entity[],
): Named | undefined {
  const ids = new Set(
    facts
      .filter((fact) => supports(fact, piece))
      .flatMap((fact) => [fact.subject.id, fact.object.id]),
  );
  return linked.find((entity) => ids.has(entity.id)) ?? linked[0];
}

function linkInto(piece: Evidence, result: SearchResult): Named | undefined {
  const via = result.candidates.find((each) => each.chunk.id === piece.chunk.id)?.via;
  return via && { id: via.entityId, name: via.entityName };
}

/** The fact that the sentence says; one about the entry entity, or holding the answer, is preferred. */
function factOf(
  piece: Evidence,
  facts: readonly Fact[],
  entryId: string | undefined,
): Fact | undefined {
  const rank = (fact: Fact): number => {
    const about = fact.subject.id === entryId ? 2 : fact.object.id === entryId ? 1 : 0;
    const answers = piece.answerSpan && answerEntity(fact, piece.answerSpan) ? 4 : 0;
    return about + answers + fact.confidence;
  };
  return facts
    .filter((fact) => supports(fact, piece) && !fact.negated)
    .toSorted((a, b) => rank(b) - rank(a) || (a.id < b.id ? -1 : 1))[0];
}

function supports(fact: Fact, piece: Evidence): boolean {
  return fact.support.some(
    (support) => support.chunkId === piece.chunk.id && inside(support.sentence, piece.span),
  );
}

function answerEntity(fact: Fact, answer: Span): Named | undefined {
  for (const support of fact.support) {
    if (overlaps(support.objectSpan, answer)) return fact.object;
    if (overlaps(support.subjectSpan, answer)) return fact.subject;
  }
  return undefined;
}

function overlaps(a: Span, b: Span): boolean {
  return a.start < b.end && b.start < a.end;
}
