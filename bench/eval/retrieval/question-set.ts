/**
 * Question sets in the public form: corpus.json `[{id, title, text}]`, questions.json `[{question, supporting?}]`
 * with corpus ids, and triples.json `[{id, entities, triples: [[s, p, o]]}]` of another extraction.
 */
import { InputError, readJsonList } from '../read-input.ts';

export type PassageId = number | string;

export interface Passage {
  readonly id: PassageId;
  readonly title: string;
  readonly text: string;
}

export interface SetQuestion {
  readonly question: string;
  /** Ids of the passages an answer needs; without it there is nothing to measure. */
  readonly supporting?: readonly PassageId[];
}

export interface GivenTriples {
  readonly id: PassageId;
  readonly entities: readonly string[];
  readonly triples: readonly (readonly string[])[];
}

const PASSAGES = 'a list of passages {id, title, text}';
const QUESTIONS = 'a list of questions {question, supporting?: [ids of passages]}';
const TRIPLES = 'a list of {id, entities, triples: [[subject, relation, object]]}';

/** Throws InputError if the file is not of the form above; so do the others. */
export function readPassages(path: string): Passage[] {
  const passages = readList(path, PASSAGES).map((each, i): Passage => {
    if (typeof each.text !== 'string') throw lacking(path, i, 'a text', PASSAGES);
    return {
      id: idOf(each.id ?? i),
      title: typeof each.title === 'string' ? each.title : '',
      text: each.text,
    };
  });
  if (new Set(passages.map(({ id }) => id)).size < passages.length)
    throw new InputError(`${path}: two passages have the same id.`, PASSAGES);
  return passages;
}

export function readQuestions(path: string): SetQuestion[] {
  return readList(path, QUESTIONS).map((each, i): SetQuestion => {
    if (typeof each.question !== 'string') throw lacking(path, i, 'a question', QUESTIONS);
    if (each.supporting !== undefined && !Array.isArray(each.supporting))
      throw lacking(path, i, 'a list as "supporting"', QUESTIONS);
    const supporting = Array.isArray(each.supporting) ? each.supporting.map(idOf) : undefined;
    return { question: each.question, supporting };
  });
}

export function readTriples(path: string): GivenTriples[] {
  return readList(path, TRIPLES).map((each, i) => ({
    id: idOf(each.id ?? i),
    entities: (Array.isArray(each.entities) ? each.entities : []).map(String),
    triples: (Array.isArray(each.triples) ? each.triples : [])
      .filter((triple): triple is unknown[] => Array.isArray(triple))
      .map((triple) => triple.map(String)),
  }));
}

/**
 * Throws InputError where the questions cannot belong to the passages: measuring them would give zeros and no reason.
 */
export function requireSupport(
  questions: readonly SetQuestion[],
  passages: readonly Passage[],
  path: string,
): void {
  const known = new Set(passages.map(({ id }) => id));
  for (const [i, { supporting }] of questions.entries()) {
    const unknown = supporting?.find((id) => !known.has(id));
    if (unknown === undefined) continue;
    throw new InputError(
      `${path}: question ${i} is supported by passage ${JSON.stringify(unknown)}, which the corpus does not hold ` +
        `(its ids are like ${JSON.stringify(passages[0]?.id)}).`,
      QUESTIONS,
    );
  }
}

function readList(path: string, form: string): Record<string, unknown>[] {
  const list = readJsonList<unknown>(path, form);
  if (list.length === 0 && form !== TRIPLES)
    throw new InputError(`${path} holds an empty list.`, form);
  return list.map((each, i) => {
    if (typeof each !== 'object' || each === null || Array.isArray(each))
      throw lacking(path, i, 'fields', form);
    return each as Record<string, unknown>;
  });
}

function lacking(path: string, index: number, wanted: string, form: string): InputError {
  return new InputError(`${path}: item ${index} lacks ${wanted}.`, form);
}

function idOf(value: unknown): PassageId {
  return typeof value === 'number' ? value : String(value);
}
