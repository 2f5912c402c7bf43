/** Questions a workspace can answer: written ones for the sample, else made from its surest facts. */
import { GraphUnavailableError, type Fact, type GraphStore } from '../graph/index.ts';
import type { Platform } from './platform.ts';
import { readSampleMarker, readSampleQuestions } from './sample.ts';

const SHOWN = 3;

export async function sampleQuestions(platform: Platform, workspaceId: string): Promise<string[]> {
  if (readSampleMarker(platform.config.home)?.workspaceId === workspaceId)
    return writtenQuestions();
  return questionsFromFacts(await surestFacts(platform.stores.graph, workspaceId));
}

/** None while the store is away: a workspace can be shown without questions. */
async function surestFacts(graph: GraphStore, workspaceId: string): Promise<readonly Fact[]> {
  try {
    return (await graph.facts(workspaceId, {}, { limit: 200 })).data;
  } catch (error) {
    if (error instanceof GraphUnavailableError) return [];
    throw error;
  }
}

/**
 * At most one question per document, so that they show what the workspace spans; the facts come highest
 * confidence first. What a fact answers goes before what is merely known.
 */
export function questionsFromFacts(facts: readonly Fact[]): string[] {
  const byDocument = new Map<string, string>();
  for (const questionOf of [whoOrWhere, whatIsKnown]) {
    for (const fact of facts) {
      const documentId = fact.support[0]?.documentId;
      if (byDocument.size === SHOWN) break;
      if (fact.negated || documentId === undefined || byDocument.has(documentId)) continue;
      const question = questionOf(fact);
      if (question !== undefined && ![...byDocument.values()].includes(question))
        byDocument.set(documentId, question);
    }
  }
  return [...byDocument.values()];
}

/** Past forms as they stand in "Who ... X?", by the form that stands before "by". */
const DEEDS: ReadonlyMap<string, string> = new Map([
  ...['built', 'commanded', 'composed', 'created', 'designed', 'developed', 'directed'].map(same),
  ...['discovered', 'edited', 'established', 'founded', 'invented', 'led', 'painted'].map(same),
  ['written', 'wrote'],
]);

function same(form: string): [string, string] {
  return [form, form];
}

function whoOrWhere({ subject, relation, object }: Fact): string | undefined {
  if (!isNamed(subject) || !isNamed(object)) return undefined;
  if (subject.type === 'person') {
    if (relation === 'born in' && object.type === 'place') return `Where was ${subject.name} born?`;
    return [...DEEDS.values()].includes(relation) ? `Who ${relation} ${object.name}?` : undefined;
  }
  const deed = DEEDS.get(relation.replace(/ by$/, ''));
  const isPassive = relation.endsWith(' by') && ['person', 'organization'].includes(object.type);
  return isPassive && deed !== undefined ? `Who ${deed} ${subject.name}?` : undefined;
}

function whatIsKnown({ subject }: Fact): string | undefined {
  return isNamed(subject) ? `What is known about ${subject.name}?` : undefined;
}

/** "The ship" and "1987" make no question that can be understood alone. */
function isNamed({ name, type }: Fact['subject']): boolean {
  return type !== 'date' && type !== 'quantity' && name.length <= 60 && /^\p{Lu}/u.test(name);
}

/** Two that need facts of several documents, one that does not. */
function writtenQuestions(): string[] {
  const questions = readSampleQuestions();
  const linked = questions.filter((each) => each.hops > 1).slice(0, SHOWN - 1);
  const plain = questions.filter((each) => each.hops === 1).slice(0, 1);
  return [...linked, ...plain].map((each) => each.question);
}
