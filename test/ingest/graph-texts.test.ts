import { expect, test } from 'vitest';
import type { EngineClient } from '../../cache/index.ts';
import type { GraphTextIndex, GraphTextKind } from '../../graph/index.ts';
import { embedTextsOfWorkspace, type EmbeddedTexts } from '../../ingest/graph-texts.ts';
import { jobHandler } from '../../ingest/handle-job.ts';
import { refreshModels } from '../../ingest/refresh.ts';
import { fakeEmbedding } from '../graph/fixtures.ts';
import { ingestParts, submitted } from './ingest-parts.ts';

const signal = new AbortController().signal;
const TEXT = 'Colin Archer designed the Fram. The Fram sailed in 1893.';
const tokenizer = { fingerprint: 'tokenizer', encode: (text: string) => text.split(' ') };

/** Embeds with the given embedder; notes what it was asked for. */
function fakeEngine(fingerprint: string) {
  const embedded: string[] = [];
  const engine = {
    info: {
      embedder: { fingerprint },
      reader: { fingerprint: 'reader', tokenizerFingerprint: 'tokenizer' },
    },
    embed: async (texts: readonly string[]) => {
      embedded.push(...texts);
      return texts.map((text) => fakeEmbedding(text));
    },
    precompute: async () => ({ keys: new Map() }),
    deleteKv: async () => {},
  } as unknown as EngineClient;
  return { engine, embedded };
}

async function ingested(embedGraph: EmbeddedTexts | undefined, engine = fakeEngine('one').engine) {
  const parts = ingestParts();
  const job = await submitted(parts, TEXT);
  const options = { tokenizer: tokenizer as never, limits: {}, embedGraph, precomputeKv: false };
  const handler = jobHandler({ ...parts, engine, ...options }, { warn: () => {} });
  await handler({ jobId: job.id, attempt: 1, failures: 0, signal });
  expect(parts.corpus.job(job.id)!.state).toBe('succeeded');
  return parts;
}

async function textsOf(
  { graphTextIndex, workspaceId }: { graphTextIndex: GraphTextIndex; workspaceId: string },
  kind: GraphTextKind,
  embedder?: string,
): Promise<string[]> {
  const options = { limit: 50, embedder };
  const hits = await graphTextIndex.search(workspaceId, kind, fakeEmbedding('any'), options);
  return hits.map(({ text }) => text).sort();
}

test.each([
  [undefined, [], []],
  ['names', ['Colin Archer', 'Fram'], []],
  ['all', ['Colin Archer', 'Fram'], ['Colin Archer designed Fram']],
] as const)('an ingested document has of its graph embedded: %s', async (what, names, facts) => {
  const parts = await ingested(what);
  expect(await textsOf(parts, 'name')).toEqual(names);
  expect(await textsOf(parts, 'fact')).toEqual(expect.arrayContaining([...facts]));
  if (facts.length === 0) expect(await textsOf(parts, 'fact')).toEqual([]);
});

test('documents that came in before are caught up with, each text embedded once', async () => {
  const parts = await ingested(undefined);
  const { engine, embedded } = fakeEngine('one');
  const catchUp = () =>
    embedTextsOfWorkspace(
      parts.workspaceId,
      { ...parts, engine, embedGraph: 'names' as const },
      signal,
    );
  await catchUp();
  expect(embedded.toSorted()).toEqual(['Colin Archer', 'Fram']);
  await catchUp();
  expect(embedded).toHaveLength(2);
});

test('documents of which names alone were embedded have their facts caught up with', async () => {
  const parts = await ingested('names');
  const { engine, embedded } = fakeEngine('one');
  const more = { ...parts, engine, embedGraph: 'all' as const };
  await embedTextsOfWorkspace(parts.workspaceId, more, signal);
  expect(await textsOf(parts, 'fact')).toContain('Colin Archer designed Fram');
  expect(embedded).not.toContain('Fram');
  const names = await textsOf(parts, 'name');
  expect(names).toEqual(['Colin Archer', 'Fram']);
});

test('a run that died between text and vector leaves what the next one embeds', async () => {
  const failing = fakeEngine('one').engine;
  let calls = 0;
  const engine = {
    ...failing,
    embed: async (texts: readonly string[]) => {
      if (++calls > 1) throw new Error('the engine has ended'); // the chunks are embedded, names are not
      return texts.map((text) => fakeEmbedding(text));
    },
  } as unknown as EngineClient;
  const parts = ingestParts();
  const job = await submitted(parts, TEXT);
  const options = { tokenizer: tokenizer as never, limits: {}, precomputeKv: false };
  const run = (by: EngineClient) =>
    jobHandler(
      { ...parts, engine: by, ...options, embedGraph: 'names' },
      { warn: () => {} },
    )({
      jobId: job.id,
      attempt: 1,
      failures: 0,
      signal,
    });
  await run(engine).catch(() => {});
  expect(await textsOf(parts, 'name')).toEqual([]);
  parts.corpus.reopenJob(job.id);
  await run(fakeEngine('one').engine);
  expect(await textsOf(parts, 'name')).toEqual(['Colin Archer', 'Fram']);
});

test('a change of the embedder renews them, and the former ones go last', async () => {
  const parts = await ingested('all');
  const names = await textsOf(parts, 'name');
  const { engine } = fakeEngine('two');
  const refresh = { ...parts, engine, tokenizer: tokenizer as never, embedGraph: 'all' as const };
  await refreshModels(parts.home, refresh, signal, '/models/two');
  expect(await textsOf(parts, 'name', 'two')).toEqual(names);
  expect(await textsOf(parts, 'name', 'one')).toEqual([]);
  expect(parts.graphTexts.dropOthers(parts.workspaceId, 'two', 10)).toBe(0);
});
