/**
 * Extraction without a model: quality of open facts by CaRB's score beside a naive reader that splits a sentence at
 * its first verb, and the speed of open facts and of the graph's own reading, one thread.
 *
 *   npm run bench -- graph/extraction [--data ../shared/data/carb] [--rounds 3] [--json FILE]
 *
 * The folder holds dev.txt (one sentence a line) and dev.tsv (gold). Without it the sample documents are read and
 * only speed is reported.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chunkDocument, splitSentences } from '../../ingest/chunk/index.ts';
import { extractDocument, openFacts } from '../../ingest/extract/index.ts';
import { carbScore, type OpenTuple } from '../eval/openie/carb-score.ts';
import { toTuple } from '../eval/openie/run.ts';
import { readGold } from '../eval/openie/tab-file.ts';
import { reportOrigin } from '../report.ts';

const SAMPLE = join(import.meta.dirname, '../../ingest/sample/files');
/** Common verb forms; what a reader without any grammar can look for. */
const FIRST_VERB =
  /^(.+?)\s+((?:is|are|was|were|has|have|had|will|would|can|could|said|says|became|made|took|\w{3,}ed)\b(?:\s+(?:been|be|\w{3,}ed))?)\s+(.+?)[.\s]*$/;

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: '../shared/data/carb' },
    rounds: { type: 'string', default: '3' },
    json: { type: 'string' },
  },
});

const hasGold = existsSync(join(values.data, 'dev.tsv'));
const sentences = hasGold ? goldSentences() : sampleSentences();
const rounds = Number(values.rounds);
const rows = [
  speedOf('open facts', (list) => list.forEach((sentence) => openFacts(sentence))),
  speedOf('names and facts of the graph', readAsDocument),
];
console.log(
  `${sentences.length} sentences of ${hasGold ? values.data : 'the sample'}, ${rounds} rounds\n`,
);
for (const { what, perSecond } of rows)
  console.log(`${what.padEnd(30)} ${perSecond.toFixed(0).padStart(7)} sentences/s`);
const quality = hasGold
  ? [scoreOf('open facts', ourTuples), scoreOf('split at the first verb', naiveTuples)]
  : [];
for (const { what, f1, precision, recall, auc } of quality)
  console.log(
    `${what.padEnd(30)} F1 ${f1.toFixed(3)}  precision ${precision.toFixed(3)}  recall ${recall.toFixed(3)}  AUC ${auc.toFixed(3)}`,
  );
if (values.json !== undefined)
  writeFileSync(values.json, JSON.stringify({ ...reportOrigin(0), rows, quality }, undefined, 2));

function goldSentences(): string[] {
  return linesOf(readFileSync(join(values.data, 'dev.txt'), 'utf8'));
}

function sampleSentences(): string[] {
  return readdirSync(SAMPLE)
    .filter((file) => /\.(md|txt)$/.test(file))
    .flatMap((file) => {
      const text = readFileSync(join(SAMPLE, file), 'utf8');
      return splitSentences(text).map(({ start, end }) => text.slice(start, end));
    });
}

function linesOf(content: string): string[] {
  return content
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** Median of the rounds, after one that warms up. */
function speedOf(
  what: string,
  read: (list: readonly string[]) => void,
): { what: string; perSecond: number } {
  read(sentences);
  const seconds = Array.from({ length: rounds }, () => {
    const started = performance.now();
    read(sentences);
    return (performance.now() - started) / 1000;
  }).sort((a, b) => a - b);
  return { what, perSecond: sentences.length / (seconds[Math.floor(rounds / 2)] ?? 1) };
}

function readAsDocument(list: readonly string[]): void {
  const text = list.join('\n\n');
  let at = 0;
  const blocks = list.map((sentence) => {
    const start = at;
    at += sentence.length + 2;
    return { kind: 'paragraph' as const, start, end: start + sentence.length };
  });
  const parsed = { title: 'bench', text, blocks };
  const chunks = chunkDocument({
    workspaceId: 'bench',
    documentId: 'bench',
    parsed,
    countTokens: (part) => Math.ceil(part.length / 4),
    chunkTokens: 300,
  });
  extractDocument({ parsed, chunks });
}

function scoreOf(
  what: string,
  read: (sentence: string) => OpenTuple[],
): { what: string } & ReturnType<typeof carbScore> {
  const gold = readGold(readFileSync(join(values.data, 'dev.tsv'), 'utf8'));
  const found = new Map(sentences.map((sentence) => [sentence, read(sentence)]));
  return { what, ...carbScore(gold, found) };
}

function ourTuples(sentence: string): OpenTuple[] {
  return openFacts(sentence).flatMap((fact) => toTuple(fact) ?? []);
}

function naiveTuples(sentence: string): OpenTuple[] {
  const [, subject, relation, rest] = FIRST_VERB.exec(sentence) ?? [];
  if (subject === undefined || relation === undefined || rest === undefined) return [];
  return [{ relation, args: [subject, rest], confidence: 1 }];
}
