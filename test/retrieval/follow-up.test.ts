import { expect, test } from 'vitest';
import { analyseFollowUp, standaloneQuestion } from '../../retrieval/follow-up.ts';

const designer = {
  question: 'Who designed the Fram?',
  answer: 'Colin Archer designed the Fram for Fridtjof Nansen, who wanted a strong ship.',
  marked: 'Colin Archer',
};
const ship = { question: 'In which ship did Amundsen sail to Antarctica?', answer: 'Fram' };
const place = { question: 'Where was Colin Archer born?', answer: 'Larvik' };
const length = { question: 'How long is the Fram?', answer: '39 m' };

test.each([
  ['In which town was he born?', [designer], 'In which town was Colin Archer born?'],
  ['When did he sell his house?', [designer], "When did Colin Archer sell Colin Archer's house?"],
  ['When was it built?', [designer], 'When was Fram built?'],
  ['Who built it?', [ship], 'Who built Fram?'],
  ['Who built it?', [length], 'Who built Fram?'],
  ['Who else lived there?', [place], 'Who else lived in Larvik?'],
  ['When did he die?', [place], 'When did Colin Archer die?'],
  [
    'What was her first ship?',
    [{ question: 'Who was captain?', answer: 'Anna Berg' }],
    "What was Anna Berg's first ship?",
  ],
  [
    'Who wrote to her in 1912?',
    [{ question: 'Who was captain?', answer: 'Anna Berg' }],
    'Who wrote to Anna Berg in 1912?',
  ],
])('%s: its pronoun is the name it stands for', (question, turns, expected) => {
  expect(standaloneQuestion(question, turns)).toBe(expected);
});

test('a pronoun leads through several turns', () => {
  const born = { question: 'In which town was he born?', answer: 'Larvik' };
  expect(standaloneQuestion('When did he die?', [designer, born])).toBe(
    'When did Colin Archer die?',
  );
});

test('turns that name nothing neither pile up nor hide what the talk is about', () => {
  const when = { question: 'And when?', answer: 'In 1892' };
  const where = { question: 'And where?', answer: 'Larvik' };
  expect(standaloneQuestion('Why?', [designer, when, where, when, where])).toBe(
    'Why? Who designed the Fram? Colin Archer',
  );
  expect(standaloneQuestion('When did he die?', [designer, when, where])).toBe(
    'When did Colin Archer die?',
  );
});

test('what the reader wrote where the documents do not say stands for nothing', () => {
  const none = { question: 'Who painted the Fram?', answer: 'Otto Sverdrup', marked: '' };
  expect(standaloneQuestion('When did he die?', [none])).toBe(
    'When did he die? Who painted the Fram?',
  );
  expect(standaloneQuestion('And when?', [none])).toBe('And when? Who painted the Fram?');
});

test('what names nothing is asked together with what was said before', () => {
  expect(standaloneQuestion('And when?', [designer])).toBe(
    'And when? Who designed the Fram? Colin Archer',
  );
});

test('where several things can be meant, all of them are searched for', () => {
  const both = { question: 'When did Roald Amundsen buy the Gjoa?', answer: 'In 1901' };
  expect(standaloneQuestion('Who built it?', [both])).toBe(
    'Who built it? When did Roald Amundsen buy the Gjoa? In 1901',
  );
  expect(standaloneQuestion('Was Nansen fond of it?', [designer])).toContain('Fram');
});

test.each([
  ['When was it built?', 'Did Amundsen sail the Fram?', 'Yes'],
  ['When was it?', 'How did Scott reach the South Pole?', 'On foot, with sledges'],
  ['When did he die?', 'Who built the hut?', 'The passages do not say'],
  ['How long did it take Amundsen?', 'Who built the Gjoa?', 'Knut Skaale'],
  ['Is it true that Nansen sailed?', 'Where was Colin Archer born?', 'Larvik'],
  ['Is it true?', 'Where was Colin Archer born?', 'Larvik'],
  ['Nansen and his crew drifted how long?', 'Who designed the Fram?', 'Colin Archer'],
  ['When did she meet him?', 'Who designed the Fram?', 'Colin Archer'],
])('%s: nothing is replaced by what is no name, or not surely meant', (question, asked, answer) => {
  expect(standaloneQuestion(question, [{ question: asked, answer }])).toBe(
    `${question} ${asked} ${answer}`,
  );
});

test('an answer that is no name is not what a pronoun stands for', () => {
  const before = {
    question: 'Why was the Fram built?',
    answer: 'To survive the pressure of the ice',
  };
  expect(standaloneQuestion('Who designed it?', [before])).toBe('Who designed Fram?');
});

test('a name that looks like a pronoun stays', () => {
  const before = { question: 'Who founded Beta?', answer: 'Anna Berg' };
  const question = 'What IT systems does Acme use?';
  expect(standaloneQuestion(question, [before])).toBe(question);
});

test('a question that stands alone stays as it is', () => {
  expect(standaloneQuestion('Who built the Gjoa?', [designer])).toBe('Who built the Gjoa?');
  expect(standaloneQuestion('When was it built?', [])).toBe('When was it built?');
  expect(standaloneQuestion('Is there a map of Norway?', [designer])).toBe(
    'Is there a map of Norway?',
  );
});

test('what is asked for comes from the question itself, what it is about from what was said', () => {
  const asked = 'And when?';
  const question = analyseFollowUp(asked, standaloneQuestion(asked, [designer]));
  expect(question.answerTypes).toEqual(['date']);
  expect(question.terms).toContain('fram');
});
