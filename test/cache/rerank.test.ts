import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEngine, type EngineProcess } from '../../cache/index.ts';
import type { EngineOptions } from '../../cache/engine-options.ts';
import { CancelledError, loadCrossEncoder } from '../../engine/index.ts';
import { engineReranker, search } from '../../retrieval/index.ts';
import { chunkPromptText } from '../../graph/index.ts';
import { fixture } from '../engine/support/fixtures.ts';
import { hashedVector, SHIPS, testCorpus, type TestCorpus } from '../retrieval/corpus.ts';
import { temporaryFolder } from './kv-fixtures.ts';

const folder = temporaryFolder();
const options: EngineOptions = {
  readerFolder: fixture('llama-gqa'),
  embedderFolder: fixture('bert'),
  modelCacheFolder: join(folder, 'models'),
  kvFolder: join(folder, 'kv'),
  kvDiskBytes: 1e9,
  kvRamBytes: 1e8,
  codec: 'fp16',
  weights: 'int8-row',
  threads: 1,
};
const QUESTION = 'When did the Terra Nova sink?';

describe('a cross-encoder in the engine thread', () => {
  const model = loadCrossEncoder({
    folder: fixture('cross-encoder'),
    cacheDir: options.modelCacheFolder,
    threads: 1,
  });
  let engine: EngineProcess;
  let corpus: TestCorpus;
  beforeAll(async () => {
    corpus = await testCorpus(SHIPS);
    engine = await startEngine({
      ...options,
      rerankerFolder: fixture('cross-encoder'),
    });
  });
  afterAll(async () => {
    await engine.close();
    await corpus.close();
    model.close();
  });

  it('scores every text in the order they came in', async () => {
    const texts = Array.from({ length: 11 }, (_, i) => 'word '.repeat(1 + ((i * 7) % 5)));
    const reranker = engineReranker(engine.client)!;
    const scores = await reranker.rerank(QUESTION, texts);
    model
      .score(QUESTION, texts)
      .forEach((score, i) => expect(Math.abs(scores[i]! - score)).toBeLessThan(1e-5));
    expect(scores).toHaveLength(texts.length);
    expect(engine.client.info.reranker?.name).toBe('cross-encoder');
  });

  it('scores only the first texts where there is no time for all', async () => {
    const texts = Array.from({ length: 11 }, (_, i) => `text ${i}`);
    const request = { question: QUESTION, texts, budgetMs: 0 };
    expect(await engine.client.rerank!(request)).toHaveLength(4);
  });

  it('moves the order of what a search finds towards its scores', async () => {
    const request = { workspaceId: corpus.workspaceId, question: QUESTION, limit: 20 };
    const found = async (reranker: typeof corpus.parts.reranker) =>
      (await search({ ...corpus.parts, reranker }, request, hashedVector(QUESTION))).candidates;
    const plain = await found(undefined);
    const reranked = await found(engineReranker(engine.client));
    const read = model.score(
      QUESTION,
      plain.map(({ chunk }) => chunkPromptText(chunk)),
    );
    const scoreOf = new Map(plain.map(({ chunk }, i) => [chunk.id, read[i]!]));
    const inversions = (candidates: typeof plain): number => {
      const scores = candidates.map(({ chunk }) => scoreOf.get(chunk.id)!);
      return scores.flatMap((a, i) => scores.slice(i + 1).filter((b) => b > a)).length;
    };
    expect(inversions(plain)).toBeGreaterThan(0);
    expect(inversions(reranked)).toBeLessThan(inversions(plain));
    expect(reranked.map(({ chunk }) => chunk.id).toSorted()).toEqual(
      plain.map(({ chunk }) => chunk.id).toSorted(),
    );
  });

  it('ends a search that is cancelled', async () => {
    const gone = AbortSignal.abort();
    const request = { workspaceId: corpus.workspaceId, question: QUESTION, limit: 20 };
    const parts = { ...corpus.parts, reranker: engineReranker(engine.client) };
    const searching = search(parts, { ...request, signal: gone }, hashedVector(QUESTION));
    await expect(searching).rejects.toThrow(CancelledError);
  });
});

describe('an engine thread without a cross-encoder', () => {
  it('has no reranker', async () => {
    const engine = await startEngine(options);
    expect(engine.client.info.reranker).toBeUndefined();
    expect(engineReranker(engine.client)).toBeUndefined();
    await engine.close();
  });
});
