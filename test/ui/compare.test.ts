import { expect, test } from 'vitest';
import type { Answer } from '../../api/contract/index.ts';
import { compareAnswers } from '../../ui/ask/compare.ts';

function answer(kind: Answer['kind'], text: string, reader = text, firstToken = 100) {
  const timings = { embed: 0, retrieval: 0, plan: 0, queue: 0, kv_load: 0, selection: 0 };
  const rest = { recompute: firstToken, sample: 0, first_token: firstToken, total: firstToken };
  return {
    kind,
    text,
    reader_text: reader,
    timings_ms: { ...timings, ...rest, tokens_per_second: 1 },
  };
}

test('answers that the reader wrote are the same when their words are', () => {
  const { outcome, verdict } = compareAnswers(
    answer('generated', 'Oslo.'),
    answer('generated', 'Oslo. '),
  );
  expect([outcome, verdict]).toEqual(['same', 'The same answer, word for word.']);
});

test('equal quotations do not hide that the reader wrote other words', () => {
  const quoted = 'The Fram was built in Larvik.';
  const { outcome, verdict } = compareAnswers(
    answer('extractive', quoted, 'Larvik'),
    answer('extractive', quoted, 'Oslo'),
  );
  expect([outcome, verdict]).toEqual([
    'different',
    'The same sentences, but the reader wrote other words.',
  ]);
});

test('equal quotations over an unwritten answer prove nothing', () => {
  const quoted = answer('extractive', 'The Fram was built in Larvik.', '');
  expect(compareAnswers(quoted, quoted).outcome).toBe('unknown');
});

test('a blended answer that was not sooner is not said to be', () => {
  const speedAt = (ms: number) =>
    compareAnswers(answer('generated', 'a', 'a', 100), answer('generated', 'a', 'a', ms)).speed;
  expect(speedAt(250)).toContain('2.5 times sooner');
  expect(speedAt(101)).toContain('about as long');
  expect(speedAt(50)).toContain('not slower');
});
