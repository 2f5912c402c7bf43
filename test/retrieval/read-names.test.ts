import { afterEach, describe, expect, it } from 'vitest';
import type { EngineClient } from '../../cache/index.ts';
import { embedTextsOfWorkspace } from '../../ingest/graph-texts.ts';
import { embedQuestion, readNames, search, type RetrievalParts } from '../../retrieval/index.ts';
import { testCorpus, type TestCorpus } from './corpus.ts';

const DIMENSIONS = 256;
/** Of `testCorpus`. */
const EMBEDDER = 'hashed-words';

let corpus: TestCorpus | undefined;
afterEach(() => corpus?.close());

/** Near where the pairs of letters are the same: what a small encoder makes of misspelt names. */
function spelling(text: string): Float32Array {
  const vector = new Float32Array(DIMENSIONS);
  const letters = ` ${text.toLowerCase()} `;
  for (let i = 1; i < letters.length; i++) {
    const pair = 31 * letters.charCodeAt(i - 1) + letters.charCodeAt(i);
    vector[pair % DIMENSIONS]! += 1;
  }
  const length = Math.hypot(...vector) || 1;
  return vector.map((value) => value / length);
}

const engine = {
  info: { embedder: { fingerprint: EMBEDDER } },
  embed: async (texts: readonly string[]) => texts.map(spelling),
} as unknown as EngineClient;

async function ships(embedGraph: 'none' | 'names' = 'names') {
  corpus = await testCorpus({
    Fram: 'Colin Archer designed the Fram for Fridtjof Nansen. It sailed to the North in 1893.',
    Endurance: 'Ole Aanderud Larsen designed the Endurance. It was lost in the Weddell Sea.',
    List: 'The book Ice, Wind and Old Rope tells of the Endurance.',
  });
  const { stores, workspaceId } = corpus;
  await embedTextsOfWorkspace(
    workspaceId,
    { ...stores, engine, embedGraph },
    new AbortController().signal,
  );
  const asked: string[] = [];
  const embed = async (texts: readonly string[]) => {
    asked.push(...texts);
    return texts.map(spelling);
  };
  const reader = { lexical: stores.lexical, names: stores.graphTextIndex, embed };
  const read = async (question: string) =>
    (await readNames(reader, workspaceId, question)).question;
  return { read, asked, parts: { ...corpus.parts, engine } as RetrievalParts, workspaceId };
}

describe('names of a question', () => {
  it('are read as those the documents write', async () => {
    const { read } = await ships();
    expect(await read('Who was Fridtjof Nanssen?')).toBe('Who was Fridtjof Nansen?');
    expect(await read('What did Colin Arhcer design?')).toBe('What did Colin Archer design?');
    expect(await read('who designed the endurrance?')).toBe('who designed the Endurance?');
  });

  it('are left alone, and nothing is embedded, where the documents have every word', async () => {
    const { read, asked } = await ships();
    const question = 'Who designed the Fram for Nansen?';
    expect(await read(question)).toBe(question);
    expect(asked).toEqual([]);
  });

  it('are left alone where no name is alike', async () => {
    const { read } = await ships();
    for (const question of ['Who painted the Mona Lisa?', 'What is a zygote?', '', '???'])
      expect(await read(question)).toBe(question);
  });

  it('are read one by one between commas', async () => {
    const { read } = await ships();
    expect(await read('Was it Fridtjof Nansenn, Colin Archher or another?')).toBe(
      'Was it Fridtjof Nansen, Colin Archer or another?',
    );
  });

  it('may hold signs that a replacement would take for its own', async () => {
    const { read } = await ships();
    expect(await read("Is $& or $1 in Fridtjof Nanssen's log?")).toContain('$& or $1');
  });
});

it('a search with a misspelt name finds what the right name finds, and says how it was read', async () => {
  const { parts, workspaceId } = await ships();
  const asked = await embedQuestion(parts, workspaceId, 'Who sailed with Fridtjof Nanssen?');
  expect(asked.read).toEqual([{ written: 'Fridtjof Nanssen', name: 'Fridtjof Nansen' }]);
  const request = { workspaceId, question: asked.question, limit: 3 };
  const found = await search(asked.parts, request, undefined);
  expect(found.entities.map(({ name }) => name)).toEqual(['Fridtjof Nansen']);
});

it('a name is read as one of the documents that the filter lets through', async () => {
  const { parts, workspaceId } = await ships();
  const readIn = async (title: string) => {
    const filter = { documentIds: [corpus!.documentIds.get(title)!] };
    const question = 'Who sailed with Fridtjof Nanssen?';
    return (await embedQuestion(parts, workspaceId, question, { filter })).read;
  };
  expect(await readIn('Fram')).toHaveLength(1);
  expect(await readIn('Endurance')).toEqual([]);
});

it('where no names are embedded a question is searched as it is written', async () => {
  const { parts, workspaceId } = await ships('none');
  const asked = await embedQuestion(parts, workspaceId, 'Who sailed with Fridtjof Nanssen?');
  expect(asked).toMatchObject({ question: 'Who sailed with Fridtjof Nanssen?', read: [] });
});
