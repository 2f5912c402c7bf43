/** KV that no model made, for tests of the store. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { EncodedKv, KvLayout } from '../../cache/chunk-kv.ts';
import { seededRandom } from '../engine/support/fixtures.ts';

/** Of 2 layers, 2 heads of 4 numbers, and so many tokens; its numbers depend on `seed`. */
export function someKv(seed: number, tokens = 5): EncodedKv {
  const random = seededRandom(seed);
  const shape = { layers: 2, kvHeads: 2, headDim: 4, tokens };
  const block = (): Uint8Array =>
    Uint8Array.from({ length: layoutOf(tokens).blockBytes }, () => Math.floor(random() * 256));
  return { shape, codec: 'fp16', blocks: [block(), block()] };
}

export function layoutOf(tokens: number): KvLayout {
  const shape = { layers: 2, kvHeads: 2, headDim: 4, tokens };
  return { shape, codec: 'fp16', keptTokens: tokens, blockBytes: 2 * 2 * 4 * tokens * 2 };
}

export function someKey(seed: number): string {
  return seed.toString(16).padStart(64, '0');
}

/** The bytes themselves, whatever array they lie in. */
export function bytesOf(kv: EncodedKv | undefined): string | undefined {
  return kv?.blocks.map((block) => Buffer.from(block).toString('hex')).join();
}

const folders: string[] = [];
afterAll(() => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** A folder that is deleted after the test file; may be asked for inside a test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'graphblend-cache-'));
  folders.push(folder);
  return folder;
}
