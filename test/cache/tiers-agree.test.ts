/** The same forty prompts, their chunks from wherever: the tokens must be those of a hit from RAM. */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GenerateRequest, SharedTierOptions } from '../../cache/index.ts';
import { seededRandom } from '../engine/support/fixtures.ts';
import {
  openService,
  SALT,
  temporary,
  temporaryFolders,
  type OpenService,
} from './open-service.ts';
import { redisOptions, s3Options } from './shared-servers.ts';

const PROMPTS = 40;
const random = seededRandom(11);
const chunks = Array.from({ length: 24 }, (_, i) => ({
  id: `c${i}`,
  ids: Int32Array.from(
    { length: 10 + Math.floor(random() * 50) },
    () => 3 + Math.floor(random() * 300),
  ),
  focus: [{ start: 0, end: 20, weight: 1 }],
}));
const prompts: GenerateRequest[] = Array.from({ length: PROMPTS }, (_, i) => ({
  workspaceSalt: SALT,
  chunks: Array.from({ length: 4 }, () => chunks[Math.floor(random() * chunks.length)]!),
  question: `Who was it, number ${i}?`,
  mode: 'balanced',
  maxTokens: 5,
}));

const call = { isCancelled: () => false, emit: () => undefined };

/** Logarithms of the answers' probabilities: equal numbers mean equal tokens, and more. */
async function answers({ service }: OpenService): Promise<(readonly number[])[]> {
  const all: (readonly number[])[] = [];
  for (const prompt of prompts) {
    const { logprobs, reuse } = await service.generate(prompt, call);
    expect(reuse.cacheHits).toBe(prompt.chunks.length);
    all.push(logprobs);
  }
  return all;
}

const folder = temporary();
const cacheDir = temporary();
let expected: (readonly number[])[];

beforeAll(async () => {
  const open = openService({ folder, cacheDir });
  await open.service.precompute({ workspaceSalt: SALT, chunks }, call);
  await answers(open); // from disk into RAM
  rmSync(folder, { recursive: true });
  expected = await answers(open); // there is nothing on disk
  await open.service.precompute({ workspaceSalt: SALT, chunks }, call);
});

afterAll(() => temporaryFolders.forEach((each) => rmSync(each, { recursive: true, force: true })));

describe('forty prompts answered with chunks from RAM', () => {
  it('are answered alike with chunks from disk', async () => {
    expect(await answers(openService({ folder, cacheDir, ramBytes: 0 }))).toEqual(expected);
  });

  it('are answered alike in a new process', async () => {
    const child = fork(join(import.meta.dirname, 'service-child.ts'), [], {
      execArgv: ['--import', 'tsx'],
      serialization: 'advanced',
    });
    const answered = new Promise((resolve, reject) => {
      child.once('message', resolve);
      child.once('exit', (code) => reject(new Error(`exit code ${code}`)));
    });
    child.send({ folder, cacheDir, prompts });
    expect(await answered).toEqual(expected);
  });

  it.skipIf(!s3Options)(
    'are answered alike with chunks that another server left in S3',
    async () => {
      await expectSharedHits(s3Options!);
    },
  );

  it.skipIf(!redisOptions)(
    'are answered alike with chunks that another server left in Redis',
    async () => {
      await expectSharedHits(redisOptions!);
    },
  );
});

async function expectSharedHits(shared: SharedTierOptions): Promise<void> {
  const writer = openService({ cacheDir, shared });
  await writer.service.precompute({ workspaceSalt: SALT, chunks }, call);
  await writer.shared!.flushed();
  const reader = openService({ cacheDir, shared, ramBytes: 0 });
  expect(await answers(reader)).toEqual(expected);
  const used = new Set(prompts.flatMap((prompt) => prompt.chunks.map(({ id }) => id)));
  expect(reader.shared!.stats()).toMatchObject({ hits: used.size, failures: 0 });
  await expect.poll(() => reader.service.store.keys().length).toBe(used.size);
  await Promise.all([writer.shared!.close(), reader.shared!.close()]);
  expect([...writer.faults, ...reader.faults]).toEqual([]);
}
