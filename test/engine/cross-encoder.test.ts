import { afterAll, describe, expect, it } from 'vitest';
import { CancelledError, loadCrossEncoder } from '../../engine/index.ts';
import { openCheckpointFolder } from '../../engine/checkpoint/folder.ts';
import { openTokenizer } from '../../engine/tokenizer.ts';
import { fixture, readFixtureJson, temporaryFolder } from './support/fixtures.ts';
import { copyOf, editJson } from './support/folders.ts';

type Golden = readonly {
  readonly question: string;
  readonly passage: string;
  readonly ids: readonly number[];
  readonly types: readonly number[];
  readonly logit: number;
}[];

const cacheDir = temporaryFolder();
const golden = readFixtureJson<Golden>('cross-encoder', 'golden.json');
const questions = [...new Set(golden.map(({ question }) => question))];

function load(folder: string) {
  return loadCrossEncoder({ folder, cacheDir, threads: 1 });
}

describe('the cross-encoder', () => {
  const model = load(fixture('cross-encoder'));
  afterAll(() => model.close());
  const tokenizer = openTokenizer(openCheckpointFolder(fixture('cross-encoder')));

  it('gives the logits of the reference, alone and in a batch', () => {
    for (const asked of questions) {
      const rows = golden.filter(({ question }) => question === asked);
      const scores = model.score(
        asked,
        rows.map(({ passage }) => passage),
      );
      rows.forEach(({ passage, logit }, i) => {
        expect(Math.abs(scores[i]! - logit)).toBeLessThan(1e-4);
        expect(Math.abs(model.score(asked, [passage])[0]! - logit)).toBeLessThan(1e-4);
      });
    }
    expect(model.score('a', [])).toEqual([]);
  });

  it('frames pairs as the reference does, and cuts only the passage', () => {
    for (const { question, passage, ids, types } of golden) {
      expect(tokenizer.encodePair(question, passage, 64)).toEqual({ ids, types });
    }
    expect(golden.some(({ ids }) => ids.length === 64)).toBe(true);
  });

  it('reads text that spells a special token as plain text', () => {
    const { ids } = tokenizer.encodePair('who?', 'a [SEP] b [CLS]', 64);
    expect(ids.filter((id) => id === 3)).toHaveLength(2);
    expect(ids.filter((id) => id === 2)).toHaveLength(1);
  });

  it('stays within its length where the question alone is longer', () => {
    const long = 'word '.repeat(200);
    expect(tokenizer.encodePair(long, long, 64).ids).toHaveLength(64);
    expect(model.score(long, ['a'])).toHaveLength(1);
  });

  it('ends when it is cancelled', () => {
    expect(() => model.score('a', ['b'], () => true)).toThrow(CancelledError);
  });

  it('refuses a checkpoint with several labels, and one without a head', () => {
    const several = copyOf('cross-encoder');
    editJson(several, 'config.json', (json) =>
      Object.assign(json, { id2label: { '0': 'no', '1': 'yes' } }),
    );
    expect(() => load(several)).toThrow(/id2label/u);
    const bare = copyOf('bert');
    editJson(bare, 'config.json', (json) => Object.assign(json, { id2label: { '0': 'LABEL_0' } }));
    expect(() => load(bare)).toThrow(/lacks tensor "bert\.pooler|lacks tensor "classifier/u);
  });
});
