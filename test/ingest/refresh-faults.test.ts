import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { EngineClient } from '../../cache/index.ts';
import { recordKv } from '../../ingest/record-kv.ts';
import { refreshModels } from '../../ingest/refresh.ts';
import { EMBEDDER, fakeEmbedding, publicationOf } from '../graph/fixtures.ts';
import { ingestParts, submitted } from './ingest-parts.ts';

async function published(sections: readonly string[]) {
  const parts = ingestParts();
  const job = await submitted(parts, 'The Fram.');
  const { runToken } = parts.corpus.beginJob(job.id)!;
  parts.corpus.publish(
    publicationOf(parts.workspaceId, job.documentId, 1, 'Fram', sections),
    runToken,
  );
  return { parts, ids: parts.corpus.chunkIds(parts.workspaceId, job.documentId) };
}

test('a chunk that cannot be embedded costs the others nothing, and is tried again at the next start', async () => {
  const { parts, ids } = await published(['Good.', 'Bad.', 'Better.']);
  const engine = {
    info: {
      embedder: { fingerprint: 'other' },
      reader: { fingerprint: 'reader', tokenizerFingerprint: 'tokenizer' },
    },
    embed: async (texts: readonly string[]) => {
      if (texts.some((text) => text.includes('Bad.'))) throw new Error('cannot embed this');
      return texts.map((text) => fakeEmbedding(text));
    },
    precompute: async () => ({ keys: new Map() }),
  } as unknown as EngineClient;
  const tokenizer = { fingerprint: 'tokenizer', encode: () => [1] } as never;
  const refreshed = refreshModels(
    parts.home,
    { corpus: parts.corpus, engine, tokenizer },
    new AbortController().signal,
    '/models/other',
  );
  await expect(refreshed).rejects.toThrow('failed');
  expect(parts.corpus.chunksWithoutVector(parts.workspaceId, 'other', 10)).toEqual([ids[1]]);
  expect(existsSync(join(parts.home, 'models.json'))).toBe(false);
  // The former embedder's vectors serve on, and its folder is not forgotten.
  expect(parts.corpus.hasVectors(parts.workspaceId, EMBEDDER)).toBe(true);
  expect(existsSync(join(parts.home, 'embedder.txt'))).toBe(false);
});

test('KV that no chunk took is deleted again', async () => {
  const { parts, ids } = await published(['One.', 'Two.']);
  const deleted: string[] = [];
  const engine = { deleteKv: async (keys: string[]) => void deleted.push(...keys) };
  const keys = new Map([
    [ids[0]!, 'shared'],
    [ids[1]!, 'own'],
    ['chk_gone', 'stray'],
    ['chk_gone_too', 'shared'],
  ]);
  await recordKv(parts.workspaceId, keys, {
    corpus: parts.corpus,
    engine: engine as unknown as EngineClient,
  });
  expect(deleted).toEqual(['stray']);
});
