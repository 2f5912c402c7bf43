/** `graphblend eval reader`: asks the question sets, prints a table and writes every figure and answer. */
import { existsSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { packageRoot } from '../../../api/index.ts';
import { reportOrigin } from '../../report.ts';
import {
  abstention,
  answerRow,
  isRight,
  type Abstention,
  type Answered,
  type AnswerRow,
} from './answer-scores.ts';
import { readReaderSet, type ReaderQuestion } from './question-file.ts';
import { openReader, type Reading, type ReaderUnderTest } from './reader-under-test.ts';
import { measureRecall, type RecallRow } from './retrieval.ts';
import { measureTriples, type TriplesRow } from './triples.ts';

export interface ReaderEvalOptions {
  readonly model?: string;
  readonly embedder?: string;
  readonly data?: string;
  /** Folder of the public sets. */
  readonly sets: string;
  readonly limit?: number;
  readonly json?: string;
}

interface AnswerSet {
  readonly name: string;
  readonly questions: readonly ReaderQuestion[];
  /** Of these kinds all readings are measured, of others only the full prefill. Undefined: of all. */
  readonly blended?: readonly string[];
}

/** Seed of the bundled sets, see models/training/export_sets.py. */
const SEED = 41;
const BUNDLED = [
  'synthetic-512',
  'synthetic-1024',
  'synthetic-2048',
  'synthetic-4000',
  'across-512',
  'across-1024',
];
const BLENDED_SIZES = /-(?:512|1024)$/u;

export async function evalReader(options: ReaderEvalOptions): Promise<void> {
  const sets = options.data
    ? [{ name: basename(options.data), questions: readReaderSet(options.data) }]
    : [...bundledSets(), ...publicSets(options.sets)];
  const reader = await openReader(options);
  try {
    const answers = await askAll(reader, sets, options.limit);
    const rows = answers.map(({ set, reading, answered }) => answerRow(set, reading, answered));
    const abstentions = abstentionsOf(answers);
    const recall = options.data ? [] : await recallRows(reader, options);
    const triples = options.data ? [] : await triplesRows(options);
    print(rows, abstentions, recall, triples);
    if (options.json) {
      const report = {
        origin: reportOrigin(SEED),
        model: reader.info,
        limit: options.limit ?? null,
      };
      const said = answers.map(({ set, reading, answered }) => ({
        set,
        reading,
        answers: answered.map(shown),
      }));
      const all = { ...report, rows, abstentions, recall, triples, said };
      writeFileSync(options.json, `${JSON.stringify(all, null, 1)}\n`);
    }
  } finally {
    await reader.close();
  }
}

function bundledSets(): AnswerSet[] {
  const folder = join(packageRoot(), 'bench', 'eval', 'reader', 'data');
  return BUNDLED.map((name) => ({
    name,
    questions: readReaderSet(join(folder, `${name}.json.gz`)),
    blended: BLENDED_SIZES.test(name) ? ['2-hop', 'across 1-hop', 'across 2-hop'] : [],
  }));
}

function publicSets(folder: string): AnswerSet[] {
  return ['xquad', 'blend-musique'].flatMap((name): AnswerSet[] => {
    const path = join(resolve(folder), name, 'dev.json');
    if (!existsSync(path)) {
      console.error(`${name} is not measured: there is no ${path}.`);
      return [];
    }
    return [{ name, questions: readReaderSet(path), blended: [] }];
  });
}

interface SetAnswers {
  readonly set: string;
  readonly reading: Reading;
  readonly answered: readonly Answered[];
}

async function askAll(
  reader: ReaderUnderTest,
  sets: readonly AnswerSet[],
  limit = Number.POSITIVE_INFINITY,
): Promise<SetAnswers[]> {
  const out: SetAnswers[] = [];
  for (const { name, questions, blended } of sets) {
    for (const [kind, all] of groups(questions, (each) => each.kind)) {
      const some = spread(all, limit);
      const readings: Reading[] =
        !blended || blended.includes(kind) ? ['full', 'blend', 'reuse'] : ['full'];
      for (const reading of readings) {
        const answered: Answered[] = [];
        for (const question of some) {
          answered.push({ question, said: await reader.ask(question, reading) });
          progress(`${name} ${kind} ${reading}: ${answered.length}/${some.length}`);
        }
        out.push({ set: name, reading, answered });
      }
    }
  }
  return out;
}

function groups<T>(all: readonly T[], nameOf: (each: T) => string): Map<string, T[]> {
  const out = new Map<string, T[]>();
  for (const each of all) out.set(nameOf(each), [...(out.get(nameOf(each)) ?? []), each]);
  return out;
}

/** Evenly from the whole list: neighbours are often about one paragraph. */
function spread<T>(all: readonly T[], limit: number): T[] {
  const n = Math.min(limit, all.length);
  return Array.from({ length: n }, (_, i) => all[Math.floor((i * all.length) / n)]!);
}

function abstentionsOf(answers: readonly SetAnswers[]): Abstention[] {
  const full = answers.filter(({ reading }) => reading === 'full');
  return [...groups(full, ({ set }) => set)].flatMap(([set, of]) => {
    const row = abstention(
      set,
      of.flatMap(({ answered }) => answered),
    );
    return row ? [row] : [];
  });
}

async function recallRows(
  reader: ReaderUnderTest,
  { sets }: ReaderEvalOptions,
): Promise<RecallRow[]> {
  const folder = join(resolve(sets), 'musique-100');
  const [corpus, questions] = ['corpus.json', 'questions.json'].map((file) => join(folder, file));
  if (!existsSync(corpus!)) {
    console.error(`Recall is not measured: there is no ${corpus}.`);
    return [];
  }
  return measureRecall(
    { corpus: corpus!, questions: questions! },
    (texts, kind) => reader.embed(texts, kind),
    (done, of) => progress(`passages embedded: ${done}/${of}`),
  );
}

async function triplesRows({ sets, model, limit }: ReaderEvalOptions): Promise<TriplesRow[]> {
  const folder = join(resolve(sets), 'text2kgbench');
  if (!existsSync(folder)) {
    console.error(`Triples are not measured: there is no ${folder}.`);
    return [];
  }
  return measureTriples(folder, model, limit ?? Number.POSITIVE_INFINITY, (domain) =>
    progress(`triples: ${domain}`),
  );
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${text}`);
}

function shown(each: Answered): object {
  const { id, kind, question, answers } = each.question;
  const { text, firstChance } = each.said;
  return {
    id,
    kind,
    question,
    answers,
    said: text,
    right: isRight(each),
    firstChance: round(firstChance),
  };
}

function print(
  rows: readonly AnswerRow[],
  abstentions: readonly Abstention[],
  recall: readonly RecallRow[],
  triples: readonly TriplesRow[],
): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001B[K');
  console.table(
    rows.map((row) => ({
      set: row.set,
      kind: row.kind,
      reading: row.reading,
      n: row.n,
      tokens: row.promptTokens,
      EM: round(row.em),
      '±': round(row.emMargin),
      F1: round(row.f1),
      'guess EM': round(row.guessEm),
      'frequent EM': round(row.frequentEm),
      'guess F1': round(row.guessF1),
      'not stated': round(row.abstained),
      sure: round(row.sure),
      'EM if sure': row.emWhenSure === undefined ? '-' : round(row.emWhenSure),
      recomputed: round(row.recomputed),
      cut: row.cut,
    })),
  );
  console.log(
    'full: every row sees all before it. reuse: cached passages, nothing recomputed. blend: the default. sure: first token >= .8.',
  );
  if (abstentions.length > 0)
    console.table(
      abstentions.map(({ set, precision, recall: found }) => ({
        set,
        'abstention precision': precision === undefined ? '-' : round(precision),
        'abstention recall': round(found),
      })),
    );
  if (recall.length > 0)
    console.table(recall.map((row) => ({ ...row, recallAt5: round(row.recallAt5) })));
  if (triples.length > 0)
    console.table(
      triples.map(({ precision, recall: found, f1, strictF1, ...row }) => ({
        ...row,
        precision: round(precision),
        recall: round(found),
        F1: round(f1),
        'strict F1': round(strictF1),
      })),
    );
}

const round = (value: number): number => Math.round(value * 1000) / 1000;
