/** Chunks stored behind another chunk, on the bundled reader. */
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { EngineService } from '../../cache/service.ts';
import type { GenerateRequest } from '../../cache/service-types.ts';
import { loadTokenizer } from '../../engine/index.ts';
import { BUNDLED_READER, openService, SALT, temporary, temporaryFolders } from './open-service.ts';

afterAll(() => temporaryFolders.forEach((folder) => rmSync(folder, { recursive: true })));

const tokenizer = loadTokenizer(BUNDLED_READER);
const cacheDir = temporary();
const texts = [
  'Fram\nThe Fram was built by Colin Archer at Larvik in 1892. She was lent to Amundsen by Nansen.\n\n',
  'Archer\nColin Archer was born at Larvik. His parents had come from Scotland to live there.\n\n',
  'Larvik\nLarvik is a town in Vestfold. Its harbour was known for the yard of Colin Archer.\n\n',
];
const chunks = texts.map((text, i) => ({
  id: `c${i}`,
  ids: Int32Array.from(tokenizer.encode(text)),
  focus: [],
  ...(i === 2 && { dependsOn: 'c0' }),
}));

function request(changes: Partial<GenerateRequest> = {}): GenerateRequest {
  const question = 'Where was the builder of the Fram born?';
  return { workspaceSalt: SALT, chunks, question, mode: 'balanced', maxTokens: 6, ...changes };
}

const call = { isCancelled: () => false, emit: () => undefined } as never;

async function open(changes: Parameters<typeof openService>[0] = {}) {
  const opened = openService({ model: BUNDLED_READER, cacheDir, variants: true, ...changes });
  await opened.service.precompute({ workspaceSalt: SALT, chunks }, call);
  return opened;
}

/** The first token's distance from that of a full read. */
async function distance(
  service: EngineService,
  changes: Partial<GenerateRequest>,
): Promise<number> {
  const none = { policy: 'none', share: 0 } as const;
  const [full, blended] = [
    await service.generate(request({ ...changes, mode: 'exact' }), call),
    await service.generate(request({ ...changes, budget: none }), call),
  ];
  return Math.abs(full.logprobs[0]! - blended.logprobs[0]!);
}

describe('a chunk that keeps standing behind another', () => {
  it('is stored behind it once the pair comes back, if that brings the answer nearer to a full read', async () => {
    const { service } = await open();
    const plain = service.store.keys();
    expect(await service.storeBehind(request(), call)).toEqual([]);
    const stored = await service.storeBehind(request(), call);
    expect(service.stats().variants.tried).toBe(2);
    expect(service.stats().variants.gain).toBeGreaterThan(0);
    // The second behind the one just before it, the third behind the one that led to it.
    expect(stored.map(({ chunkId, contextId }) => [chunkId, contextId])).toEqual([
      ['c1', 'c0'],
      ['c2', 'c0'],
    ]);
    expect(service.store.keys()).toHaveLength(plain.length + stored.length);
    expect(await service.storeBehind(request(), call)).toEqual([]);
  });

  it('knows what the other says: behind it and nothing else, its rows are those of a full read', async () => {
    const { service } = await open({ codec: 'fp32' });
    const two = { chunks: chunks.slice(0, 2) };
    const before = await distance(service, two);
    await service.storeBehind(request(two), call);
    const stored = await service.storeBehind(request(two), call);
    expect(stored).toHaveLength(1);
    expect(before).toBeGreaterThan(1e-2);
    expect(await distance(service, two)).toBeLessThan(1e-4);
    expect(service.stats().variants).toMatchObject({ stored: 1, used: 1 });
  });

  it('is taken plain where the other does not stand before it, and in another workspace', async () => {
    const { service } = await open();
    const before = await service.generate(request({ chunks: chunks.slice(1) }), call);
    const [, , stored] = [
      await service.storeBehind(request(), call),
      await service.storeBehind(request(), call),
      service.stats().variants.stored,
    ];
    expect(stored).toBeGreaterThan(0);
    const after = await service.generate(request({ chunks: chunks.slice(1) }), call);
    expect(after.logprobs).toEqual(before.logprobs);
    await service.generate(request({ workspaceSalt: 'cd'.repeat(32) }), call);
    expect(service.stats().variants.used).toBe(0);
  });

  it('is taken plain again where what was stored is damaged or gone', async () => {
    const { service, folder } = await open({ ramBytes: 0 });
    const plain = new Set(service.store.keys());
    const before = await service.generate(request(), call);
    await service.storeBehind(request(), call);
    const stored = await service.storeBehind(request(), call);
    expect(stored.length).toBeGreaterThan(0);
    const files = (readdirSync(folder, { recursive: true }) as string[]).filter((name) =>
      stored.some(({ key }) => name.endsWith(`${key}.kv`)),
    );
    for (const name of files) writeFileSync(join(folder, name), 'not what was here');
    const damaged = await service.generate(request(), call);
    expect(damaged.logprobs).toEqual(before.logprobs);
    expect(damaged.reuse).toMatchObject({ cacheHits: 3, cacheMisses: 0 });
    expect(new Set(service.store.keys())).toEqual(plain);
  });

  it('is stored plain only where variants are off', async () => {
    const { service } = await open({ variants: false });
    for (let i = 0; i < 3; i++) expect(await service.storeBehind(request(), call)).toEqual([]);
    expect(service.stats().variants).toMatchObject({ tried: 0, stored: 0, used: 0 });
  });
});
