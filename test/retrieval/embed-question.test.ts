import { afterEach, expect, it } from 'vitest';
import { embedQuestion, search, type RetrievalParts } from '../../retrieval/index.ts';
import { hashedVector, testCorpus, type TestCorpus } from './corpus.ts';

let corpus: TestCorpus | undefined;
afterEach(() => corpus?.close());

const FORMER = 'hashed-words'; // of testCorpus
const NEW = 'new embedder';
const QUESTION = 'Who designed the ship?';

/** An engine of two embedders: the former one hashes words, the new one knows a single direction. */
function engineOfTwo(): RetrievalParts['engine'] {
  return {
    info: { embedder: { fingerprint: NEW }, formerEmbedder: { fingerprint: FORMER } },
    embed: async (texts: readonly string[], _kind: string, _signal: unknown, by?: string) =>
      texts.map((text) => (by === FORMER ? hashedVector(text) : direction())),
  } as unknown as RetrievalParts['engine'];
}

function direction(): Float32Array {
  return Float32Array.from({ length: 8 }, (_, i) => (i === 0 ? 1 : 0));
}

it('the former index serves, with the former embedder, until the new one is complete', async () => {
  corpus = await testCorpus({
    Fram: 'The Fram was designed by Colin Archer.',
    Gjoa: 'The Gjoa was built by Knut Skaale.',
  });
  const { stores, workspaceId } = corpus;
  stores.vectors.useEmbedder(NEW); // as a server that was started with it
  const parts = { ...corpus.parts, engine: engineOfTwo() };
  const dense = async (): Promise<(number | undefined)[]> => {
    const asked = await embedQuestion(parts, workspaceId, QUESTION);
    const request = { workspaceId, question: QUESTION, limit: 5 };
    const { candidates } = await search(asked.parts, request, asked.vector);
    return candidates.map((candidate) => candidate.dense);
  };
  const before = await dense();
  expect(before).toHaveLength(2);
  expect(before.every((score) => score !== undefined && score < 1)).toBe(true);

  const ids = [...corpus.documentIds.values()].flatMap((id) =>
    stores.corpus.chunkIds(workspaceId, id),
  );
  stores.corpus.putChunkVectors(NEW, new Map([[ids[0]!, direction()]]));
  expect(await dense()).toEqual(before);

  stores.corpus.putChunkVectors(NEW, new Map([[ids[1]!, direction()]]));
  stores.corpus.dropOtherVectors(workspaceId, NEW, 10);
  expect(await dense()).toEqual([1, 1]);
});
