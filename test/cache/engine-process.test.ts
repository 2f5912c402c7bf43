import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  connectEngine,
  startEngine,
  type EngineProcess,
  type GenerateEvent,
} from '../../cache/index.ts';
import type { EngineLoading, EngineOptions } from '../../cache/engine-options.ts';
import { loadTokenizer } from '../../engine/index.ts';
import { fixture } from '../engine/support/fixtures.ts';
import { temporaryFolder } from './kv-fixtures.ts';

const folder = temporaryFolder();
const tokenizer = loadTokenizer(fixture('llama-gqa'));
const options: EngineOptions = {
  readerFolder: fixture('llama-gqa'),
  embedderFolder: fixture('bert'),
  modelCacheFolder: join(folder, 'models'),
  kvFolder: join(folder, 'kv'),
  kvDiskBytes: 1e9,
  kvRamBytes: 1e8,
  codec: 'fp16',
  weights: 'int8-row',
  threads: 2,
};
const SALT = 'ab'.repeat(32);
const chunks = ['Colin Archer built Fram.\n', 'Amundsen sailed Fram south.\n'].map((text, i) => ({
  id: `c${i}`,
  ids: Int32Array.from(tokenizer.encode(text)),
  focus: [],
}));
const request = {
  workspaceSalt: SALT,
  chunks,
  question: 'Who built it?',
  mode: 'balanced' as const,
  maxTokens: 5,
};

describe('the engine process', () => {
  let engine: EngineProcess;
  const loading: EngineLoading[] = [];
  beforeAll(async () => {
    engine = await startEngine(options, { onLoading: (step) => loading.push(step) });
  });
  afterAll(() => engine.close());

  it('tells how far loading is, while the models are compiled', () => {
    expect(new Set(loading.map(({ stage }) => stage))).toEqual(
      new Set(['calibrate', 'compile', 'open']),
    );
    expect(loading.at(-1)).toMatchObject({ model: 'llama-gqa', stage: 'open' });
    expect(loading.at(-1)!.done).toBe(loading.at(-1)!.total);
  });

  it('says what its models are', () => {
    const { reader, embedder } = engine.client.info;
    expect(reader).toMatchObject({ name: 'llama-gqa', layers: 3, maxPositions: 512 });
    expect(reader.kvBytesPerToken).toBe(3 * 2 * 16 * 2 * 2);
    expect(reader.tokenizerFingerprint).toBe(tokenizer.fingerprint);
    expect(embedder.name).toBe('bert');
  });

  it('embeds texts to unit vectors', async () => {
    const vectors = await engine.client.embed(['one', 'two', 'three'], 'passage');
    expect(vectors).toHaveLength(3);
    for (const vector of vectors) {
      expect(vector).toHaveLength(engine.client.info.embedder.dimensions);
      expect(Math.hypot(...vector)).toBeCloseTo(1, 4);
    }
  });

  it('computes chunks ahead, answers from them, and forgets them', async () => {
    const { client } = engine;
    const done: number[] = [];
    const { keys } = await client.precompute(
      { workspaceSalt: SALT, chunks },
      { onEvent: (event) => done.push(event.done) },
    );
    expect(done).toEqual([2]);
    expect(await client.kvKeys()).toEqual([...keys.values()].sort());
    const events: GenerateEvent[] = [];
    const result = await client.generate(request, { onEvent: (event) => events.push(event) });
    expect(result.reuse).toMatchObject({ cacheHits: 2, cacheMisses: 0 });
    expect(events.map(({ type }) => type)).toEqual([
      'plan',
      ...result.logprobs.map(() => 'text' as const),
    ]);
    expect(await client.kvStats()).toMatchObject({ entries: 2, hits: 2 });
    await client.deleteKv([...keys.values()]);
    expect(await client.kvKeys()).toEqual([]);
  });

  it('serves a second client over a port of its own', async () => {
    const second = await connectEngine(engine.newPort());
    expect(second.info).toEqual(engine.client.info);
    const [one, other] = await Promise.all([
      engine.client.generate({ ...request, mode: 'exact' }),
      second.generate({ ...request, mode: 'exact' }),
    ]);
    expect(other.logprobs).toEqual(one.logprobs);
  });

  it('gives up a long job when its caller does', async () => {
    const many = Array.from({ length: 400 }, (_, i) => ({
      id: `many ${i}`,
      ids: Int32Array.from({ length: 200 }, (__, t) => 3 + ((i * 31 + t * 7) % 300)),
    }));
    const control = new AbortController();
    const job = engine.client.precompute(
      { workspaceSalt: SALT, chunks: many },
      { signal: control.signal, onEvent: () => control.abort() },
    );
    await expect(job).rejects.toMatchObject({ code: 'cancelled' });
    const { entries } = await engine.client.kvStats();
    expect(entries).toBeGreaterThan(0);
    expect(entries).toBeLessThan(400);
  });

  it('passes errors on with their code and what to do', async () => {
    const long = { id: 'long', ids: new Int32Array(600).fill(5), focus: [] };
    await expect(engine.client.generate({ ...request, chunks: [long] })).rejects.toMatchObject({
      code: 'sequence_full',
      fix: expect.stringMatching(/fewer chunks/),
    });
  });

  it('fails open calls on every port when it is closed', async () => {
    const other = await startEngine({ ...options, kvFolder: join(folder, 'other') });
    const second = await connectEngine(other.newPort());
    let begun = (): void => undefined;
    const first = new Promise<void>((resolve) => (begun = resolve));
    const open = [other.client, second].map((client) =>
      client.generate({ ...request, maxTokens: 300 }, { onEvent: () => begun() }).then(
        () => 'answered',
        (error: { code?: string }) => error.code,
      ),
    );
    await first;
    await other.close();
    expect(await Promise.all(open)).toEqual(['engine_error', 'engine_error']);
    await expect(other.client.kvStats()).rejects.toMatchObject({ code: 'engine_error' });
  });
});

it.each(['SIGKILL', 'SIGSEGV'] as const)(
  'a process that dies by %s fails its open calls, and a new one answers as it did',
  async (signal) => {
    const told: string[] = [];
    const engine = await startEngine(
      { ...options, kvFolder: join(folder, signal) },
      { onDown: ({ message }) => told.push(message), onUp: () => told.push('up') },
    );
    const second = await connectEngine(engine.newPort());
    const before = await second.generate(request);
    const open = [engine.client, second].map((client) =>
      client.generate({ ...request, maxTokens: 300 }),
    );
    const outcomes = Promise.allSettled(open);
    process.kill(engine.pid!, signal);
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'engine_restarting' } });
    }
    await expect(second.kvStats()).rejects.toMatchObject({
      code: 'engine_restarting',
      fix: expect.stringMatching(/Try again/),
    });
    await expect.poll(() => told.at(-1), { timeout: 20_000 }).toBe('up');
    expect(told).toEqual([expect.stringMatching(signal), 'up']);
    const after = await second.generate(request);
    expect(after.tokenIds).toEqual(before.tokenIds);
    await engine.close();
  },
);

it('a process ends with its parent, and with close', async () => {
  const engine = await startEngine({ ...options, kvFolder: join(folder, 'ending') });
  const pid = engine.pid!;
  expect(process.kill(pid, 0)).toBe(true);
  await engine.close();
  expect(() => process.kill(pid, 0)).toThrow(/ESRCH/);
});

it('a model that cannot be loaded is reported as what it is', async () => {
  const broken = temporaryFolder();
  writeFileSync(join(broken, 'config.json'), '{"model_type": "mamba"}');
  const start = startEngine({ ...options, readerFolder: broken });
  await expect(start).rejects.toMatchObject({ code: expect.stringMatching(/^checkpoint_/) });
});
