import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { readReaderSet } from '../../bench/eval/reader/question-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'graphblend-reader-set-'));
afterAll(() => rmSync(folder, { recursive: true }));

function fileOf(content: unknown): string {
  const path = join(folder, 'set.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

describe('question sets', () => {
  it('are read in the form of blend-musique', () => {
    const path = fileOf([
      { id: 'a', question: 'Who?', answers: ['Anna'], passages: ['Anna sings.', 'Bert dances.'] },
      {
        question: 'Where?',
        answers: [],
        passages: [{ title: 'Oslo', text: 'A city.' }],
        kind: 'absent',
      },
    ]);
    expect(readReaderSet(path)).toEqual([
      {
        id: 'a',
        question: 'Who?',
        answers: ['Anna'],
        passages: ['Anna sings.', 'Bert dances.'],
        kind: 'answer',
      },
      { id: '1', question: 'Where?', answers: [], passages: ['Oslo\nA city.'], kind: 'absent' },
    ]);
  });

  it('are read in the form of xquad, every question with its paragraph', () => {
    const path = fileOf([
      {
        title: 'Super_Bowl_50',
        context: 'Denver won.',
        qas: [
          { id: 'x', question: 'Who won?', answers: [{ text: 'Denver', answer_start: 0 }] },
          { question: 'What did Denver do?', answers: ['won'] },
        ],
      },
    ]);
    const questions = readReaderSet(path);
    expect(questions.map(({ id, answers }) => [id, answers])).toEqual([
      ['x', ['Denver']],
      ['0.1', ['won']],
    ]);
    expect(questions[0]!.passages).toEqual(['Super Bowl 50\nDenver won.']);
  });

  it('may be gzipped', () => {
    const path = join(folder, 'set.json.gz');
    const questions = [{ question: 'Who?', answers: ['Anna'], passages: ['Anna sings.'] }];
    writeFileSync(path, gzipSync(JSON.stringify(questions)));
    expect(readReaderSet(path)).toHaveLength(1);
  });

  it.each([
    ['no JSON', 'the file lacks JSON', 'who?'],
    ['no list', 'the file lacks a list of questions', { question: 'Who?' }],
    ['an empty list', 'the file lacks questions', []],
    ['a question without passages', 'item 0 lacks passages', [{ question: 'Who?', answers: [] }]],
    [
      'passages without text',
      'item 0 lacks passages',
      [{ question: 'Who?', answers: [], passages: [{ title: 'A' }] }],
    ],
    ['no question', 'item 0 lacks a question', [{ answers: ['A'], passages: ['A'] }]],
    ['no answers', 'item 0 lacks a list of answers', [{ question: 'Who?', passages: ['A'] }]],
    [
      'answers that are no texts',
      'item 0 lacks answers',
      [{ question: 'Who?', answers: [1], passages: ['A'] }],
    ],
    ['a paragraph without questions', 'item 0 lacks a context with qas', [{ context: 'A' }]],
    [
      'a paragraph with a damaged question',
      'item 0, question 1 lacks a question',
      [{ context: 'A', qas: [{ question: 'Q', answers: ['A'] }, { answers: ['A'] }] }],
    ],
  ])('with %s are refused with the place and the wanted form', (_, message, content) => {
    expect(() => readReaderSet(fileOf(content))).toThrow(message);
    expect(() => readReaderSet(fileOf(content))).toThrow(
      expect.objectContaining({ fix: expect.stringContaining('"passages"') }),
    );
  });
});
