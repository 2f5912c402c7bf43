/** A small share of `bench/crash/kill.ts`: kills during ingest leave what an undisturbed ingest leaves. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { crashDocuments } from '../../bench/crash/documents.ts';
import { killRun, openHarness, type Harness } from '../../bench/crash/harness.ts';
import { seededRandom } from '../../bench/crash/random.ts';

/** Half of the documents, the long one among them: the whole set takes minutes. */
const documents = crashDocuments().filter(({ name }, i) => i % 3 === 0 || name === 'voyage-log.md');

describe('a server that is killed while it ingests', () => {
  let harness: Harness;

  beforeAll(async () => {
    harness = await openHarness(documents);
  }, 120_000);

  afterAll(() => harness?.close());

  test('has ingested something worth losing before it is disturbed', () => {
    const count = (kind: string): number =>
      harness.expected.filter((line) => line.startsWith(kind)).length;
    expect(count('document ')).toBe(documents.length);
    expect(count('chunk ')).toBeGreaterThan(60);
    for (const kind of ['entity ', 'fact ', 'support ', 'mention ', 'vector ', 'lexical ']) {
      expect(count(kind), kind).toBeGreaterThan(60);
    }
    expect(count('file kv/')).toBe(count('kv key '));
    expect(count('file blobs/')).toBe(documents.length);
    expect(count('file incoming/')).toBe(0);
  });

  test.each([
    [1, 4],
    [2, 4],
  ])(
    'comes to the same end in home %i after %i kills',
    async (home, kills) => {
      const result = await killRun(harness, { home, kills, random: seededRandom(home) });
      expect(result.failedJobs).toEqual([]);
      expect(result.differences).toEqual([]);
      expect(result.kills).toHaveLength(kills);
    },
    120_000,
  );

  test('clears away what a process that died has left, before jobs go on', async () => {
    const hash = 'ab'.repeat(32);
    const result = await killRun(harness, {
      home: 3,
      kills: 1,
      random: () => 0.5,
      afterKills: (home) => {
        for (const path of [
          `incoming/0123456789abcdef`,
          `blobs/incoming-1234-abc`,
          `blobs/ab/${hash}`,
          `kv/ab/${hash}.kv`,
          `kv/ab/${hash}.kv.1234.tmp`,
        ]) {
          mkdirSync(dirname(join(home, path)), { recursive: true });
          writeFileSync(join(home, path), 'left behind');
        }
      },
    });
    expect(result.failedJobs).toEqual([]);
    expect(result.differences).toEqual([]);
  }, 120_000);
});
