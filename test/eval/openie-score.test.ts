/**
 * The score against the reference scorer's (carb.py of CaRB, run on the same files). The gold lines of the fixture
 * are an excerpt of CaRB's development set: Copyright (c) 2021 Data Analytics and Intelligence Research (DAIR)
 * Group, IIT Delhi, MIT licence. The system lines are our own, with odd ones added.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { carbScore, pairScore, type OpenTuple } from '../../bench/eval/openie/carb-score.ts';
import type { OpenPart } from '../../ingest/extract/index.ts';
import { toTuple } from '../../bench/eval/openie/run.ts';
import { readGold, readTabbed, tabbedLine } from '../../bench/eval/openie/tab-file.ts';

const fixture = (name: string): string =>
  readFileSync(join(import.meta.dirname, 'fixtures', name), 'utf8');

const tuple = (relation: string, ...args: string[]): OpenTuple => ({
  relation,
  args,
  confidence: 1,
});

describe('the CaRB score', () => {
  const gold = readGold(fixture('carb-excerpt-gold.tsv'));
  const system = readTabbed(fixture('carb-excerpt-system.tsv'));

  it('is the reference scorer’s: best point and area', () => {
    const score = carbScore(gold, system);
    expect(score.precision).toBeCloseTo(0.7433862433862434, 12);
    expect(score.recall).toBeCloseTo(0.6334345479082322, 12);
    expect(score.f1).toBeCloseTo(0.6840200728779531, 12);
    expect(score.auc).toBeCloseTo(0.38096394824188184, 12);
  });

  it('gives nothing for no tuples, and everything for the gold itself', () => {
    expect(carbScore(gold, new Map())).toEqual({
      precision: 0,
      recall: 0,
      f1: 0,
      auc: 0,
      threshold: 0,
    });
    const tuples = new Map([['He came to Rome .', [tuple('came to', 'He', 'Rome')]]]);
    expect(carbScore(tuples, tuples)).toMatchObject({ precision: 1, recall: 1, f1: 1 });
  });

  it('takes sentences for the same that differ in blanks, brackets’ escapes and punctuation', () => {
    const said = [tuple('is', 'Rome', 'a city')];
    const score = carbScore(
      new Map([['Rome -LRB- Italy -RRB- is a city .', said]]),
      new Map([['Rome (Italy) is a city', said]]),
    );
    expect(score.f1).toBe(1);
  });
});

describe('one tuple against a gold tuple', () => {
  it('counts words part by part, each word once', () => {
    expect(
      pairScore(
        tuple('was born in', 'Jan', 'the old city'),
        tuple('born in', 'Jan Smit', 'the the city'),
      ),
    ).toEqual({ precision: 5 / 7, recall: 5 / 7 });
  });

  it('matches nothing when the relations share no word', () => {
    expect(pairScore(tuple('owns', 'he', 'it'), tuple('has', 'he', 'it'))).toEqual({
      precision: 0,
      recall: 0,
    });
  });

  it('takes "be" for any of its forms', () => {
    expect(pairScore(tuple('was', 'he', 'king'), tuple('be', 'he', 'king')).precision).toBe(1);
  });

  it('joins the arguments behind the first', () => {
    expect(
      pairScore(
        tuple('lived', 'he', 'in Rome', 'in 1900'),
        tuple('lived', 'he', 'in 1900 in Rome'),
      ),
    ).toEqual({ precision: 1, recall: 1 });
  });

  it('lets who spoke and what was said change places', () => {
    const gold = tuple('said', 'he', 'all is well');
    expect(pairScore(gold, tuple('said', 'all is well', 'he')).recall).toBe(1);
    expect(
      pairScore(tuple('saw', 'he', 'all is well'), tuple('saw', 'all is well', 'he')).recall,
    ).toBe(1 / 5);
  });
});

describe('the tab-separated form', () => {
  it('leaves out gold arguments that hold a context mark', () => {
    const gold = readGold('It is late , he said .\tis\tIt\tlate\tC: he said\n');
    expect([...gold.values()][0]?.[0]?.args).toEqual(['It', 'late']);
  });

  it('reads back what it writes, with tabs inside a field as blanks', () => {
    const line = tabbedLine('A\tsentence .', { ...tuple('is', 'A', 'b\nc'), confidence: 0.5 });
    expect(readTabbed(`${line}\n`)).toEqual(
      new Map([['A sentence .', [{ relation: 'is', args: ['A', 'b c'], confidence: 0.5 }]]]),
    );
  });

  it('makes the last word of a relation without object the second argument', () => {
    const part = (text: string): OpenPart => ({
      text,
      start: 0,
      end: text.length,
      phrases: [],
    });
    const fact = { subject: part('It'), args: [], negated: false, confidence: 0.5 };
    expect(toTuple({ ...fact, relation: part('will end') })).toMatchObject({
      relation: 'will',
      args: ['It', 'end'],
    });
    expect(toTuple({ ...fact, relation: part('ended') })).toBeUndefined();
  });
});
