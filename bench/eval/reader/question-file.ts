/**
 * Question sets: `[{question, answers, passages}]` as blend-musique's dev.json, or `[{title, context, qas}]` as
 * xquad's. Ours name more: `kind` (the row of the report), `candidates` (every object of the asked relation in the
 * passages), and no answers where the passages hold none. A name in `.gz` is unpacked.
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

export interface ReaderQuestion {
  readonly id: string;
  readonly question: string;
  /** Any of them is right; none: the passages do not hold an answer. */
  readonly answers: readonly string[];
  /** `{title}\n{text}` each, in the order of the prompt. */
  readonly passages: readonly string[];
  readonly kind: string;
  readonly candidates?: readonly string[];
}

export class ReaderSetError extends Error {
  override readonly name = 'ReaderSetError';
  readonly fix =
    'Give [{"question", "answers": [...], "passages": [...]}] or [{"title", "context", "qas": [{"question", "answers": [...]}]}].';

  constructor(path: string, where: string, wanted: string) {
    super(`${path}: ${where} lacks ${wanted}.`);
  }
}

type Fields = Readonly<Record<string, unknown>>;

/** Throws `ReaderSetError` if the file is of neither form, and what reading it throws. */
export function readReaderSet(path: string, kind = 'answer'): ReaderQuestion[] {
  const items = parse(path);
  if (!Array.isArray(items)) throw new ReaderSetError(path, 'the file', 'a list of questions');
  const out = items.flatMap((item: unknown, i): ReaderQuestion[] => {
    const where = `item ${i}`;
    if (!isFields(item)) throw new ReaderSetError(path, where, 'an object');
    if ('context' in item) return paragraph(item, { path, where, i, kind });
    return [passageQuestion(item, { path, where, i, kind })];
  });
  if (out.length === 0) throw new ReaderSetError(path, 'the file', 'questions');
  return out;
}

function parse(path: string): unknown {
  const bytes = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new ReaderSetError(path, 'the file', `JSON (${(cause as Error).message})`);
  }
}

interface Place {
  readonly path: string;
  readonly where: string;
  readonly i: number;
  readonly kind: string;
}

function passageQuestion(item: Fields, place: Place): ReaderQuestion {
  const { passages, candidates, kind, id } = item;
  if (!Array.isArray(passages) || passages.length === 0 || !passages.every(isPassage))
    throw new ReaderSetError(place.path, place.where, 'passages: texts or {title, text}');
  return {
    id: written(id) || String(place.i),
    ...asked(item, place),
    passages: passages.map(passageText),
    kind: typeof kind === 'string' ? kind : place.kind,
    candidates: Array.isArray(candidates) ? candidates.map(String) : undefined,
  };
}

function paragraph(item: Fields, place: Place): ReaderQuestion[] {
  const { title, context, qas } = item;
  if (typeof context !== 'string' || !Array.isArray(qas))
    throw new ReaderSetError(place.path, place.where, 'a context with qas');
  // File names of Wikipedia: "Super_Bowl_50".
  const passages = [`${written(title).replaceAll('_', ' ')}\n${context}`];
  return qas.map((qa: unknown, j) => {
    const where = `${place.where}, question ${j}`;
    if (!isFields(qa)) throw new ReaderSetError(place.path, where, 'an object');
    return {
      id: written(qa.id) || `${place.i}.${j}`,
      ...asked(qa, { ...place, where }),
      passages,
      kind: place.kind,
    };
  });
}

function asked(item: Fields, { path, where }: Place): Pick<ReaderQuestion, 'question' | 'answers'> {
  const { question, answers } = item;
  if (typeof question !== 'string' || question.trim() === '')
    throw new ReaderSetError(path, where, 'a question');
  if (!Array.isArray(answers)) throw new ReaderSetError(path, where, 'a list of answers');
  const texts = answers.map((each: unknown) => (isFields(each) ? each.text : each));
  if (!texts.every((text) => typeof text === 'string'))
    throw new ReaderSetError(path, where, 'answers that are texts or {text}');
  return { question, answers: texts };
}

function isPassage(passage: unknown): boolean {
  return typeof passage === 'string' || (isFields(passage) && typeof passage.text === 'string');
}

function passageText(passage: unknown): string {
  return isFields(passage)
    ? `${written(passage.title)}\n${written(passage.text)}`
    : written(passage);
}

/** Texts and numbers as they are; nothing for anything else. */
function written(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
