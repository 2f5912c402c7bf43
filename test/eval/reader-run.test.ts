import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, vi } from 'vitest';
import { evalReader } from '../../bench/eval/reader/run.ts';
import { measureTriples } from '../../bench/eval/reader/triples.ts';

const folder = mkdtempSync(join(tmpdir(), 'graphblend-reader-run-'));
afterAll(() => rmSync(folder, { recursive: true }));

const passages = [
  'Anna Berg\nAnna Berg was born in Marle.',
  'Otto Lund\nOtto Lund was born in Kessin.',
];

it('the bundled reader is asked with full prefill, blended and reused, and every answer is written', async () => {
  const data = join(folder, 'set.json');
  const json = join(folder, 'report.json');
  const questions = [
    {
      question: 'Where was Anna Berg born?',
      answers: ['Marle'],
      passages,
      candidates: ['Marle', 'Kessin'],
    },
    { question: 'Where was Paul Nagy born?', answers: [], passages, candidates: [] },
  ];
  writeFileSync(data, JSON.stringify(questions));
  const table = vi.spyOn(console, 'table').mockImplementation(() => {});
  vi.spyOn(console, 'log').mockImplementation(() => {});
  try {
    await evalReader({ data, json, sets: 'none' });
    expect(table.mock.calls[0]![0]).toHaveLength(3);
  } finally {
    vi.restoreAllMocks();
  }
  const report = JSON.parse(readFileSync(json, 'utf8')) as {
    rows: { reading: string; n: number; recomputed: number; guessEm: number; cut: number }[];
    abstentions: object[];
    said: { reading: string; answers: { said: string; firstChance: number }[] }[];
  };
  const recomputed = new Map(report.rows.map((row) => [row.reading, row.recomputed]));
  expect([...recomputed.keys()]).toEqual(['full', 'blend', 'reuse']);
  // Of a full prefill nothing is reused; without recomputation nothing is computed again.
  expect(recomputed.get('reuse')).toBe(0);
  expect(recomputed.get('blend')).toBeGreaterThan(0);
  expect(report.rows[0]).toMatchObject({ n: 2, guessEm: 0.25, cut: 0 });
  expect(report.abstentions).toHaveLength(1);
  for (const { answers } of report.said) {
    expect(answers.every(({ said }) => said.length > 0)).toBe(true);
    expect(answers.every(({ firstChance }) => firstChance > 0 && firstChance <= 1)).toBe(true);
  }
}, 60_000);

it('passages longer than the model reads are shortened and counted', async () => {
  const data = join(folder, 'long.json');
  const json = join(folder, 'long-report.json');
  const text = 'Marle lies on the river. '.repeat(900);
  writeFileSync(
    data,
    JSON.stringify([{ question: 'Where?', answers: ['x'], passages: [text, passages[0]] }]),
  );
  vi.spyOn(console, 'table').mockImplementation(() => {});
  vi.spyOn(console, 'log').mockImplementation(() => {});
  try {
    await evalReader({ data, json, sets: 'none', limit: 1 });
  } finally {
    vi.restoreAllMocks();
  }
  const { rows } = JSON.parse(readFileSync(json, 'utf8')) as {
    rows: { cut: number; promptTokens: number }[];
  };
  expect(rows[0]!.cut).toBe(1);
  expect(rows[0]!.promptTokens).toBeGreaterThan(3500);
}, 60_000);

it('the second task is asked in the words of each ontology, and its triples are judged', async () => {
  const domain = join(folder, 'people');
  mkdirSync(domain);
  const concepts = [
    { qid: 'Q5', label: 'human' },
    { qid: 'Q515', label: 'city' },
  ];
  const relations = [{ pid: 'P19', label: 'place of birth', domain: 'Q5', range: 'Q515' }];
  writeFileSync(
    join(domain, 'ontology.json'),
    JSON.stringify({ title: 'People', concepts, relations }),
  );
  const truth = ['Anna Berg', 'Otto Lund'].map((sub, i) => ({
    id: String(i),
    sent: `${sub} was born in Marle.`,
    triples: [{ sub, rel: 'place of birth', obj: 'Marle' }],
  }));
  writeFileSync(
    join(domain, 'ground-truth.jsonl'),
    truth.map((each) => JSON.stringify(each)).join('\n'),
  );
  const seen: string[] = [];
  const rows = await measureTriples(folder, undefined, 1, (name) => seen.push(name));
  expect(seen).toEqual(['people']);
  expect(rows).toHaveLength(1);
  expect(rows[0]).toMatchObject({ domain: 'people', sentences: 1 });
  for (const score of [rows[0]!.precision, rows[0]!.recall, rows[0]!.strictF1]) {
    expect(score).toBeGreaterThanOrEqual(0);
    expect(score).toBeLessThanOrEqual(1);
  }
}, 60_000);
