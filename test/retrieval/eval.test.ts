import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { judgeRanking, meanFigures, percentile } from '../../bench/eval/retrieval/metrics.ts';
import { evalRetrieval, type RetrievalEvalOptions } from '../../bench/eval/retrieval/run.ts';
import { SHIPS } from './corpus.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'graphblend-eval-'));
  const corpus = Object.entries(SHIPS).map(([title, text], id) => ({ id, title, text }));
  const questions = [
    { question: 'In which town was the designer of the Fram born?', supporting: [0, 1] },
    { question: 'When did the Terra Nova sink?' },
  ];
  const triples = [
    { id: 0, entities: ['Fram'], triples: [['Fram', 'was designed by', 'Colin Archer']] },
  ];
  write('corpus', corpus);
  write('questions', questions);
  write('triples', triples);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const path = (name: string): string => join(folder, `${name}.json`);
function write(name: string, value: unknown): void {
  writeFileSync(path(name), JSON.stringify(value));
}

async function rankings(
  options: Partial<RetrievalEvalOptions> = {},
): Promise<Record<string, number[]>> {
  const out = path('ranked');
  const quiet = [vi.spyOn(console, 'table'), vi.spyOn(console, 'log')];
  for (const spy of quiet) spy.mockImplementation(() => undefined);
  try {
    const files = { corpus: path('corpus'), questions: path('questions'), out };
    await evalRetrieval({ ...files, embedder: 'none', titles: true, k: 3, ...options });
  } finally {
    for (const spy of quiet) spy.mockRestore();
  }
  return JSON.parse(readFileSync(out, 'utf8')) as Record<string, number[]>;
}

describe('eval retrieval', () => {
  it('writes the ranking of every question, also of those without known evidence', async () => {
    const ranked = await rankings();
    expect(Object.keys(ranked)).toEqual(['0', '1']);
    expect(new Set(ranked['0']!.slice(0, 2))).toEqual(new Set([0, 1]));
    expect(ranked['1']![0]).toBe(4);
    for (const ids of Object.values(ranked)) expect(ids.length).toBeLessThanOrEqual(3);
  });

  it('works without titles and with the triples of another extraction', async () => {
    expect((await rankings({ titles: false }))['1']![0]).toBe(4);
    expect((await rankings({ triples: path('triples') }))['0']).toContain(1);
  });

  it('uses kept stores only for what they were made from', async () => {
    const keep = join(folder, 'kept');
    const first = await rankings({ keep });
    expect(await rankings({ keep })).toEqual(first);
    expect(Object.keys(await rankings({ keep, titles: false }))).toEqual(['0', '1']);
  });

  it('says which item of a file is not of the form', async () => {
    write('broken', [{ id: 1, title: 'no text' }]);
    await expect(rankings({ corpus: path('broken') })).rejects.toThrow(/broken\.json: item 0/);
  });
});

describe('retrieval figures', () => {
  it('are recall, evidence that is complete, and the rank of the first find', () => {
    const judged = judgeRanking([7, 1, 9, 2], [1, 2]);
    const figures = meanFigures([judged]);
    expect(figures).toMatchObject({
      'R@1': 0,
      'R@2': 0.5,
      'R@5': 1,
      'all@2': 0,
      'all@5': 1,
      MRR: 0.5,
    });
  });

  it('take percentiles by nearest rank', () => {
    expect(percentile([5, 1, 4, 2, 3], 0.5)).toBe(3);
    expect(percentile([5, 1, 4, 2, 3], 0.99)).toBe(5);
  });
});

describe('files that do not belong together', () => {
  const asked = (question: object): Promise<unknown> => {
    write('others', [question]);
    return rankings({ questions: path('others') });
  };

  it('are refused: evidence that the corpus does not hold would count as not found', async () => {
    await expect(asked({ question: 'When?', supporting: [999] })).rejects.toThrow(
      'supported by passage 999, which the corpus does not hold',
    );
    await expect(asked({ question: 'When?', supporting: ['0'] })).rejects.toThrow('ids are like 0');
  });

  it('and those of another form say what the form is', async () => {
    await expect(asked({ question: 'When?', supporting: 0 })).rejects.toThrow('lacks a list');
    writeFileSync(path('others'), '{broken');
    await expect(rankings({ questions: path('others') })).rejects.toThrow('is no JSON');
  });
});
