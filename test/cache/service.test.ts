import { fork } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { GenerateEvent, GenerateRequest } from '../../cache/index.ts';
import { loadTokenizer, type CancelledError } from '../../engine/index.ts';
import { fixture } from '../engine/support/fixtures.ts';
import {
  openService,
  SALT,
  temporary,
  temporaryFolders,
  type OpenService,
} from './open-service.ts';

afterAll(() => temporaryFolders.forEach((folder) => rmSync(folder, { recursive: true })));

const tokenizer = loadTokenizer(fixture('llama-gqa'));
const texts = [
  'Fram was designed by Colin Archer for Fridtjof Nansen.\n',
  'Otto Sverdrup was captain of Fram on her second voyage.\n',
  'Roald Amundsen borrowed Fram from Nansen and went south.\n',
];
const chunks = texts.map((text, i) => ({
  id: `c${i}`,
  ids: Int32Array.from(tokenizer.encode(text)),
  focus: [{ start: 0, end: 10, weight: 1 }],
}));

function request(changes: Partial<GenerateRequest> = {}): GenerateRequest {
  return {
    workspaceSalt: SALT,
    chunks,
    question: 'Who went south?',
    mode: 'balanced',
    maxTokens: 6,
    ...changes,
  };
}

function call() {
  const events: unknown[] = [];
  return { events, isCancelled: () => false, emit: (event: unknown) => void events.push(event) };
}

async function precomputed(options: Parameters<typeof openService>[0] = {}): Promise<OpenService> {
  const open = openService(options);
  await open.service.precompute({ workspaceSalt: SALT, chunks }, call());
  return open;
}

describe('precompute', () => {
  it('stores each chunk once, says under which key, and reports progress', async () => {
    const { service } = openService();
    const twice = [...chunks, { ...chunks[0]!, id: 'same text' }];
    const context = call();
    const { keys } = await service.precompute({ workspaceSalt: SALT, chunks: twice }, context);
    expect(keys.get('same text')).toBe(keys.get('c0'));
    expect([...new Set(keys.values())].sort()).toEqual(service.store.keys());
    expect(keys.size).toBe(4);
    expect(context.events).toEqual([{ done: 4 }]);
  });

  it('leaves out what can never be used: empty chunks and chunks longer than the model', async () => {
    const { service } = openService();
    const odd = [
      { id: 'empty', ids: new Int32Array(0) },
      { id: 'long', ids: new Int32Array(600).fill(5) },
      chunks[1]!,
    ];
    const { keys } = await service.precompute({ workspaceSalt: SALT, chunks: odd }, call());
    expect([...keys.keys()]).toEqual(['c1']);
  });

  it('keeps workspaces apart', async () => {
    const { service } = await precomputed();
    const other = request({ workspaceSalt: 'cd'.repeat(32) });
    const { reuse } = await service.generate(other, call());
    expect(reuse).toMatchObject({ cacheHits: 0, cacheMisses: 3 });
    await expect(service.generate(request({ workspaceSalt: '' }), call())).rejects.toThrow(/salt/);
  });

  it('ends when cancelled', async () => {
    const { service } = openService();
    const context = { ...call(), isCancelled: () => true };
    await expect(
      service.precompute({ workspaceSalt: SALT, chunks }, context),
    ).rejects.toMatchObject({ code: 'cancelled' } satisfies Partial<CancelledError>);
    expect(service.store.keys()).toEqual([]);
  });

  it('goes on without storing when the disk is full', async () => {
    const { service, faults } = openService({
      write: () => {
        throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      },
    });
    const { keys } = await service.precompute({ workspaceSalt: SALT, chunks }, call());
    expect(keys.size).toBe(0);
    expect(faults).toMatchObject([{ kind: 'write_failed', reason: /no space/ }]);
    const result = await service.generate(request(), call());
    expect(result.missedChunkIds).toEqual(['c0', 'c1', 'c2']);
    expect(result.tokens).toBeGreaterThan(0);
    expect(service.stats()).toMatchObject({ storing: false, writeFailures: 1, entries: 0 });
  });
});

describe('generate', () => {
  it('counts every token of the prompt once, and its times add up', async () => {
    const { service } = await precomputed();
    const context = call();
    const result = await service.generate(request(), context);
    const { reuse, ribbon, timingsMs } = result;
    expect(reuse.cachedTokens + reuse.recomputedTokens + reuse.freshTokens).toBe(
      reuse.promptTokens,
    );
    const of = (...kinds: string[]): number =>
      ribbon
        .filter(({ kind }) => kinds.includes(kind))
        .reduce((sum, { tokens }) => sum + tokens, 0);
    expect(of('prefix', 'cached')).toBe(reuse.cachedTokens);
    expect(of('recomputed')).toBe(reuse.recomputedTokens);
    expect(of('question')).toBe(reuse.freshTokens);
    expect(reuse).toMatchObject({ policy: 'graph', cacheHits: 3, cacheMisses: 0 });
    const { queue, kvLoad, selection, recompute, sample, firstToken, total } = timingsMs;
    expect(queue + kvLoad + selection + recompute + sample).toBeCloseTo(firstToken, 9);
    expect(total).toBeGreaterThanOrEqual(firstToken);
    const [plan, ...rest] = context.events as GenerateEvent[];
    expect(plan).toEqual({ type: 'plan', reuse, ribbon });
    expect(rest.map((event) => (event.type === 'text' ? event.delta : '')).join('')).toBe(
      result.text,
    );
    expect(rest).toHaveLength(result.logprobs.length);
  });

  it('looks for nothing in the cache when the answer shall be exact', async () => {
    const [warm, cold] = [await precomputed(), openService()];
    const answers = [
      await warm.service.generate(request({ mode: 'exact' }), call()),
      await cold.service.generate(request({ mode: 'exact' }), call()),
    ];
    expect(answers[0]!.logprobs).toEqual(answers[1]!.logprobs);
    expect(answers[0]!.text).toBe(answers[1]!.text);
    expect(answers[0]!.reuse).toMatchObject({ cacheHits: 0, cacheMisses: 0, recomputedTokens: 0 });
    expect(answers[0]!.missedChunkIds).toEqual([]);
  });

  it('answers without chunks, with empty ones, and with the same chunk twice', async () => {
    const { service } = await precomputed();
    const none = await service.generate(request({ chunks: [] }), call());
    expect(none.reuse).toMatchObject({ cacheHits: 0, cacheMisses: 0 });
    const empty = { id: 'empty', ids: new Int32Array(0), focus: [] };
    const same = await service.generate(request({ chunks: [empty] }), call());
    expect(same.logprobs).toEqual(none.logprobs);
    const twice = await service.generate(request({ chunks: [chunks[0]!, chunks[0]!] }), call());
    expect(twice.reuse.cacheHits).toBe(2);
  });

  it('says how long prompt and answer may be when they are too long', async () => {
    const { service } = openService();
    const long = { id: 'long', ids: new Int32Array(500).fill(5), focus: [] };
    const failed = service.generate(request({ chunks: [long] }), call());
    await expect(failed).rejects.toMatchObject({ code: 'sequence_full', limit: 512, maxTokens: 6 });
    await expect(failed).rejects.toThrow(/longest sequence is 512 tokens/);
  });

  it('throws when cancelled before the first token, and keeps the text so far when after it', async () => {
    const { service } = await precomputed();
    const before = service.generate(request(), { ...call(), isCancelled: () => true });
    await expect(before).rejects.toMatchObject({ code: 'cancelled' });
    const context = call();
    const isCancelled = (): boolean => context.events.length > 2; // the plan and two tokens
    const result = await service.generate(request({ maxTokens: 40 }), { ...context, isCancelled });
    expect(result.finish).toBe('cancelled');
    expect(result.logprobs).toHaveLength(3);
  });

  it('answers alike whether chunks are cached, damaged or were never stored, and stores them anew', async () => {
    const { service, folder, faults } = await precomputed({ ramBytes: 0 });
    const cached = await service.generate(request(), call());
    expect(cached.reuse.cacheHits).toBe(3);
    for (const path of kvFiles(folder)) writeFileSync(path, 'not what was here');
    const damaged = await service.generate(request(), call());
    expect(damaged.logprobs).toEqual(cached.logprobs);
    expect(damaged.missedChunkIds).toEqual(['c0', 'c1', 'c2']);
    expect(faults.map(({ kind }) => kind)).toEqual(['damaged', 'damaged', 'damaged']);
    await expect.poll(() => kvFiles(folder).length).toBe(3);
    const healed = await service.generate(request(), call());
    expect(healed.logprobs).toEqual(cached.logprobs);
    expect(healed.reuse.cacheHits).toBe(3);
    const elsewhere = await openService().service.generate(request(), call());
    expect(elsewhere.logprobs).toEqual(cached.logprobs);
    expect(elsewhere.reuse).toMatchObject({ cacheHits: 0, cacheMisses: 3 });
  });

  it('answers alike when damage shows only in the last layer, with the answer half made', async () => {
    const { service, folder, faults } = await precomputed({ ramBytes: 0 });
    const cached = await service.generate(request(), call());
    for (const path of kvFiles(folder).slice(0, 2)) {
      const file = readFileSync(path);
      file[file.length - 1]! ^= 1;
      writeFileSync(path, file);
    }
    const damaged = await service.generate(request(), call());
    expect(damaged.logprobs).toEqual(cached.logprobs);
    expect(damaged.reuse).toMatchObject({ cacheHits: 1, cacheMisses: 2 });
    expect(faults.map(({ kind }) => kind)).toEqual(['damaged', 'damaged']);
    await expect.poll(() => kvFiles(folder).length).toBe(3);
  });

  it('a hit from RAM, from disk and in a new process gives the same tokens', async () => {
    const first = await precomputed();
    const prompts = Array.from('Fram sails on', (letter, i) =>
      request({
        question: `${letter}, who?`,
        mode: i % 2 ? 'fast' : 'balanced',
        chunks: chunks.toSorted((a, b) => ((a.ids[i % 9] ?? 0) - (b.ids[i % 9] ?? 0)) * (i - 6)),
      }),
    );
    const run = async (open: OpenService): Promise<number[][]> => {
      const all: number[][] = [];
      for (const prompt of prompts) {
        const { logprobs, reuse } = await open.service.generate(prompt, call());
        expect(reuse.cacheHits).toBe(3);
        all.push([...logprobs]);
      }
      return all;
    };
    const cold = await run(first); // the first reads the disk, the rest hit RAM
    const warm = await run(first);
    const disk = await run(openService({ folder: first.folder, ramBytes: 0 }));
    expect(warm).toEqual(cold);
    expect(disk).toEqual(cold);
    expect(await runInNewProcess(first.folder, prompts)).toEqual(cold);
  });
});

function kvFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.kv'))
    .map((name) => join(folder, name));
}

function runInNewProcess(folder: string, prompts: readonly GenerateRequest[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const child = fork(join(import.meta.dirname, 'service-child.ts'), [], {
      execArgv: ['--import', 'tsx'],
      serialization: 'advanced',
    });
    child.once('message', resolve);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the child ended with ${code}`)));
    child.send({ folder, cacheDir: temporary(), prompts });
  });
}

describe('prefetch', () => {
  const asked = { workspaceSalt: SALT, chunks, maxBytes: 1e9 };
  const files = (folder: string) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.kv'),
    );

  it('reads stored chunks into memory, so that the answer needs no disk', async () => {
    const first = await precomputed();
    const { service } = openService({ folder: first.folder, ramBytes: 1e9 });
    expect(await service.prefetch(asked, call())).toEqual({ chunks: 3 });
    expect(await service.prefetch(asked, call())).toEqual({ chunks: 0 });
    for (const name of files(first.folder)) rmSync(join(first.folder, name));
    const { hitChunkIds } = await service.generate(request(), call());
    expect(hitChunkIds).toEqual(['c0', 'c1', 'c2']);
  });

  it('stays within its bytes, and reads the first chunks first', async () => {
    const first = await precomputed();
    const { service } = openService({ folder: first.folder, ramBytes: 1e9 });
    const maxBytes = chunks[0]!.ids.length * service.kvBytesPerToken;
    expect(await service.prefetch({ ...asked, maxBytes }, call())).toEqual({ chunks: 1 });
    for (const name of files(first.folder)) rmSync(join(first.folder, name));
    const { hitChunkIds } = await service.generate(request(), call());
    expect(hitChunkIds).toEqual(['c0']);
  });

  it('ends when it is cancelled, and reads nothing that is not stored', async () => {
    const first = await precomputed();
    const { service } = openService({ folder: first.folder, ramBytes: 1e9 });
    expect(await service.prefetch(asked, { ...call(), isCancelled: () => true })).toEqual({
      chunks: 0,
    });
    const other = openService({ ramBytes: 1e9 });
    expect(await other.service.prefetch(asked, call())).toEqual({ chunks: 0 });
    expect(other.service.store.stats()).toMatchObject({ hits: 0, misses: 0 });
  });
});
