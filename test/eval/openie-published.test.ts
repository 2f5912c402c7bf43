/**
 * The score on the published outputs of four systems, against what the reference scorer gives. The files are CaRB's
 * own (github.com/dair-iitd/CaRB) and are not kept here: set GRAPHBLEND_CARB to a checkout of it to run this.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { carbScore, type OpenTuple } from '../../bench/eval/openie/carb-score.ts';
import { readGold } from '../../bench/eval/openie/tab-file.ts';

const folder = process.env.GRAPHBLEND_CARB;
if (folder === undefined)
  console.log('published outputs: skipped, set GRAPHBLEND_CARB to a checkout of CaRB');

type Line = { sentence: string; tuple: OpenTuple } | undefined;

/** "SimpleArgument(words,List([0, 5)))" */
const words = (field: string): string =>
  field.slice(field.indexOf('(') + 1, field.indexOf(',List('));

const made = (
  sentence: string | undefined,
  relation: string | undefined,
  args: (string | undefined)[],
  confidence: string | undefined,
): Line => ({
  sentence: sentence ?? '',
  tuple: {
    relation: relation ?? '',
    args: args.map((arg) => arg ?? ''),
    confidence: Number(confidence),
  },
});

function clausie(): (fields: string[]) => Line {
  let sentence: string | undefined;
  return (fields) => {
    if (fields.length === 1) [sentence] = fields;
    if (fields.length !== 5) return undefined;
    const [subject, relation, object] = fields.slice(1, 4).map((field) => field.slice(1, -1));
    return made(sentence, relation, [subject, object], fields[4]);
  };
}

function openie(isFive: boolean): (fields: string[]) => Line {
  return ([confidence, context = '', subject = '', relation = '', rest = '', sentence]) => {
    if (subject === '' || relation === '' || rest === '') return undefined;
    const args = (isFive ? rest.trim().split(');') : [rest]).map(words);
    const said = words(context);
    const isSaid =
      isFive && context !== '' && !`${words(subject)} ${words(relation)}`.startsWith(said);
    const first = isSaid ? `${said} ${words(subject)}` : words(subject);
    return made(sentence, words(relation), [first, ...args], confidence);
  };
}

function props(): (fields: string[]) => Line {
  return ([confidence, sentence, relation, ...args]) =>
    confidence === ''
      ? undefined
      : made(
          sentence,
          relation,
          args.filter((_, index) => index % 2 === 1),
          confidence,
        );
}

describe.skipIf(folder === undefined)('the CaRB score of published outputs', () => {
  const read = (...path: string[]): string => readFileSync(join(folder ?? '', ...path), 'utf8');

  it.each([
    ['clausie', clausie(), 0.45],
    ['openie4', openie(false), 0.488],
    ['openie5', openie(true), 0.467],
    ['props', props(), 0.319],
  ] as const)('of %s is the reference scorer’s', (name, reader, expected) => {
    const tuples = new Map<string, OpenTuple[]>();
    for (const line of read('system_outputs', 'test', `${name}_output.txt`).split(/\r?\n/)) {
      const found = reader(line.trim().split('\t'));
      if (found === undefined) continue;
      tuples.set(found.sentence, [...(tuples.get(found.sentence) ?? []), found.tuple]);
    }
    const { f1 } = carbScore(readGold(read('data', 'gold', 'test.tsv')), tuples);
    expect(Math.abs(f1 - expected)).toBeLessThan(0.001);
  });
});
