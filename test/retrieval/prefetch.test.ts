import { afterEach, expect, it } from 'vitest';
import { prefetch } from '../../retrieval/prefetch.ts';
import type { Candidate, RetrievalParts } from '../../retrieval/index.ts';
import { testCorpus, type TestCorpus } from './corpus.ts';

let corpus: TestCorpus | undefined;
afterEach(() => corpus?.close());

/** Real stores; an engine that notes which chunks it is asked to read ahead. */
async function opened(documents: number) {
  const texts = Array.from(
    { length: documents },
    (_, i) => [`T${i}`, `Text number ${i}.`] as const,
  );
  corpus = await testCorpus(Object.fromEntries(texts));
  const { parts, workspaceId, stores, documentIds } = corpus;
  const ids = [...documentIds.values()].flatMap((id) => stores.corpus.chunkIds(workspaceId, id));
  stores.corpus.putChunkTokens('reader', new Map(ids.map((id) => [id, new Int32Array(10)])));
  const asked: string[][] = [];
  const signals: (AbortSignal | undefined)[] = [];
  const engine = {
    info: { reader: { tokenizerFingerprint: 'reader', kvBytesPerToken: 4 } },
    prefetch: async (request: { chunks: { id: string }[] }, signal?: AbortSignal) => {
      asked.push(request.chunks.map(({ id }) => id));
      signals.push(signal);
      return { chunks: 0 };
    },
  } as unknown as RetrievalParts['engine'];
  const candidates = stores.corpus
    .chunks(workspaceId, ids)
    .map((chunk) => ({ chunk }) as unknown as Candidate);
  return { parts: { ...parts, engine }, workspaceId, ids, candidates, asked, signals };
}

it('chunks are read ahead once each, a few a round, within the tokens allowed', async () => {
  const { parts, workspaceId, ids, candidates, asked } = await opened(20);
  const ahead = prefetch(parts, workspaceId, 120);
  ahead.offer(candidates.slice(0, 10));
  ahead.offer(candidates); // the next round has the same chunks in front
  ahead.offer(candidates);
  expect(asked).toEqual([ids.slice(0, 8), ids.slice(8, 12)]);
});

it('stopping cancels what is under way and asks for nothing more', async () => {
  const { parts, workspaceId, candidates, asked, signals } = await opened(4);
  const ahead = prefetch(parts, workspaceId, 1_000);
  ahead.offer(candidates.slice(0, 2));
  ahead.stop();
  ahead.offer(candidates);
  expect(asked).toHaveLength(1);
  expect(signals[0]!.aborted).toBe(true);
});
