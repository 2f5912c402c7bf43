/**
 * Question sets in the public form: corpus.json `[{id, title, text}]`, questions.json `[{question, supporting?}]`
 * with corpus ids, and triples.json `[{id, entities, triples: [[s, p, o]]}]` of another extraction.
 */
import { readFileSync } from 'node:fs';

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

/** Throws `QuestionSetError` if a file is not of the form above. */
export function readPassages(path: string): Passage[] {
  const passages = readList(path, 'a passage {id, title, text}').map((each, i): Passage => {
    if (typeof each.text !== 'string') throw new QuestionSetError(path, i, 'a text');
    return {
      id: idOf(each.id ?? i),
      title: typeof each.title === 'string' ? each.title : '',
      text: each.text,
    };
  });
  if (new Set(passages.map(({ id }) => id)).size < passages.length)
    throw new QuestionSetError(path, 0, 'ids that differ');
  return passages;
}

export function readQuestions(path: string): SetQuestion[] {
  return readList(path, 'a question {question, supporting?}').map((each, i): SetQuestion => {
    if (typeof each.question !== 'string') throw new QuestionSetError(path, i, 'a question');
    const supporting = Array.isArray(each.supporting) ? each.supporting.map(idOf) : undefined;
    return { question: each.question, supporting };
  });
}

export function readTriples(path: string): GivenTriples[] {
  return readList(path, 'the triples of a passage {id, entities, triples}').map((each, i) => ({
    id: idOf(each.id ?? i),
    entities: (Array.isArray(each.entities) ? each.entities : []).map(String),
    triples: (Array.isArray(each.triples) ? each.triples : [])
      .filter((triple): triple is unknown[] => Array.isArray(triple))
      .map((triple) => triple.map(String)),
  }));
}

class QuestionSetError extends Error {
  override readonly name = 'QuestionSetError';
  readonly fix = 'docs/benchmarks.md names the form of the files.';

  constructor(path: string, index: number, wanted: string) {
    super(`${path}: item ${index} lacks ${wanted}.`);
  }
}

function readList(path: string, wanted: string): Record<string, unknown>[] {
  const list: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (!Array.isArray(list)) throw new QuestionSetError(path, 0, 'a list around it');
  return list.map((each: unknown, i) => {
    if (typeof each !== 'object' || each === null) throw new QuestionSetError(path, i, wanted);
    return each as Record<string, unknown>;
  });
}

function idOf(value: unknown): PassageId {
  return typeof value === 'number' ? value : String(value);
}
