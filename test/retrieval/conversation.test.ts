import { expect, it } from 'vitest';
import type { Chunk } from '../../graph/index.ts';
import { historyOf, type EarlierTurn } from '../../retrieval/conversation.ts';

function turn(question: string, answer: string, chunkIds: readonly string[] = []): EarlierTurn {
  return { question, answer, chunkIds };
}

/** Chunks of 200 tokens; a text has one token a character. */
function partsOf(chunkIds: readonly string[], hidden: readonly string[] = []) {
  const chunks = chunkIds.map((id) => ({ id, documentId: `doc of ${id}` }) as Chunk);
  return {
    corpus: {
      searchable: () => (documentId: string) => !hidden.includes(documentId.slice(7)),
      chunks: (_: string, ids: readonly string[]) => chunks.filter(({ id }) => ids.includes(id)),
      chunkTokens: (_: string, ids: readonly string[]) =>
        new Map(ids.map((id) => [id, new Int32Array(200)])),
    },
    engine: {
      info: { reader: { tokenizerFingerprint: 'mine', maxPositions: 1700 } },
      tokenize: async (texts: readonly string[]) =>
        texts.map((text) => Int32Array.from(text, (letter) => letter.charCodeAt(0))),
    },
  } as unknown as Parameters<typeof historyOf>[0];
}

it('leaves out passages that are gone, disabled or outside the filter', async () => {
  const turns = [turn('Q', 'A', ['kept', 'gone', 'hidden'])];
  const { chunks, turns: spoken } = await historyOf(
    partsOf(['kept', 'hidden'], ['hidden']),
    'ws',
    turns,
  );
  expect(chunks.map(({ id }) => id)).toEqual(['kept']);
  expect(spoken[0]!.chunks.map(({ id }) => id)).toEqual(['kept']);
});

it('takes the tokens that the reader wrote, where they are of the same tokenizer', async () => {
  const said = (tokenizer: string) => ({
    ...turn('Q', 'ab'),
    said: { tokenizer, ids: Int32Array.of(7) },
  });
  const { turns } = await historyOf(partsOf([]), 'ws', [said('mine'), said('former')]);
  expect(turns.map(({ answerIds }) => [...answerIds])).toEqual([[7], [97, 98]]);
});

it('forgets the older half at once where a conversation grows too long', async () => {
  const ids = Array.from({ length: 8 }, (_, i) => `c${i}`);
  const turns = ids.map((id) => turn('Q', 'A', [id]));
  const parts = partsOf(ids);
  const kept = async (count: number): Promise<string> => {
    const history = await historyOf(parts, 'ws', turns.slice(0, count));
    expect(history.tokens).toBeLessThanOrEqual(0.6 * 1700);
    return history.chunks.map(({ id }) => id).join(' ');
  };
  expect(await kept(4)).toBe('c0 c1 c2 c3');
  expect(await kept(5)).toBe('c3 c4');
  // From here on the next turns begin alike.
  expect(await kept(6)).toBe('c3 c4 c5');
  expect(await kept(7)).toBe('c3 c4 c5 c6');
  expect(await kept(8)).toBe('c6 c7');
  expect((await historyOf(partsOf([]), 'ws', [])).turns).toEqual([]);
});
