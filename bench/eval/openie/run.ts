/** Reads sentences, writes what they say, and scores it where there is gold. */
import { writeFileSync } from 'node:fs';
import { openFacts, type OpenFact } from '../../../ingest/extract/index.ts';
import { reportOrigin } from '../../report.ts';
import { InputError, readInput } from '../read-input.ts';
import { carbScore, type CarbScore, type OpenTuple } from './carb-score.ts';
import { readGold, readTabbed, tabbedLine } from './tab-file.ts';

export interface OpenieEvalOptions {
  readonly sentences: string;
  readonly out?: string;
  readonly gold?: string;
  readonly json?: string;
}

export function evalOpenie(options: OpenieEvalOptions): void {
  const sentences = readInput(options.sentences, 'one sentence a line')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const gold = options.gold === undefined ? undefined : goldOf(options.gold, sentences);
  const { lines, seconds, cpuSeconds } = extractAll(sentences);
  console.log(
    `${sentences.length} sentences, ${lines.length} tuples in ${seconds.toFixed(2)} s (processor time ${cpuSeconds.toFixed(2)} s): ${(sentences.length / seconds).toFixed(0)} sentences/s, one thread`,
  );
  const content = lines.map((line) => `${line}\n`).join('');
  if (options.out !== undefined) writeFileSync(options.out, content);
  // From the lines as they are written: what another scorer of the form reads.
  const score = gold === undefined ? undefined : carbScore(gold, readTabbed(content));
  if (score !== undefined) printScore(score);
  if (options.json === undefined) return;
  const figures = {
    sentences: sentences.length,
    tuples: lines.length,
    seconds,
    cpuSeconds,
    score,
  };
  writeFileSync(
    options.json,
    `${JSON.stringify({ ...reportOrigin(0), ...figures }, undefined, 2)}\n`,
  );
}

/** The first sentences are slow: the code is not compiled yet. */
function extractAll(sentences: readonly string[]): {
  lines: string[];
  seconds: number;
  cpuSeconds: number;
} {
  const started = performance.now();
  const cpu = process.cpuUsage();
  const found = sentences.map((sentence) => openFacts(sentence));
  const seconds = Math.max((performance.now() - started) / 1000, 1e-6);
  const { user, system } = process.cpuUsage(cpu);
  const lines = found.flatMap((facts, index) =>
    facts.flatMap((fact) => {
      const tuple = toTuple(fact);
      return tuple === undefined ? [] : [tabbedLine(sentences[index] ?? '', tuple)];
    }),
  );
  return { lines, seconds, cpuSeconds: (user + system) / 1e6 };
}

/** The form asks for two arguments: without an object the last word of the relation is the second ("will | compete"). */
export function toTuple({ subject, relation, args, confidence }: OpenFact): OpenTuple | undefined {
  const texts = args.map((arg) => arg.text);
  if (texts.length > 0)
    return { relation: relation.text, args: [subject.text, ...texts], confidence };
  const [, first, last] = /^(.*\S)\s+(\S+)$/.exec(relation.text) ?? [];
  if (first === undefined || last === undefined) return undefined;
  return { relation: first, args: [subject.text, last], confidence };
}

const GOLD = 'lines of sentence, relation, arg1, arg2, ... parted by tabs';

/** Throws InputError for gold of other sentences: it would measure zeros. */
function goldOf(file: string, sentences: readonly string[]): ReturnType<typeof readGold> {
  const gold = readGold(readInput(file, GOLD));
  if (sentences.some((sentence) => gold.has(sentence))) return gold;
  throw new InputError(`${file} speaks of none of the ${sentences.length} sentences.`, GOLD);
}

function printScore({ precision, recall, f1, auc, threshold }: CarbScore): void {
  const show = (value: number): string => value.toFixed(4);
  console.log(
    `F1 ${show(f1)} (precision ${show(precision)}, recall ${show(recall)}) at confidence >= ${threshold}; AUC ${show(auc)}`,
  );
}
