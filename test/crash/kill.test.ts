/** A small share of `bench/crash/kill.ts`: kills during ingest leave what an undisturbed ingest leaves. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { crashDocuments } from '../../bench/crash/documents.ts';
import { killRun, openHarness, type Harness } from '../../bench/crash/harness.ts';
import { seededRandom } from '../../bench/crash/random.ts';

/** A third of the documents, the long one among them but shorter: the whole set takes minutes. */
const documents = crashDocuments(20).filter(
  ({ name }, i) => i % 4 === 0 || /\.(pdf|epub)$|^voyage/.test(name),
);
const KILLS = 8;

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
    expect(count('chunk ')).toBeGreaterThan(30);
    for (const kind of ['entity ', 'fact ', 'support ', 'mention ', 'vector ', 'lexical ']) {
      expect(count(kind), kind).toBeGreaterThan(30);
    }
    expect(count('file kv/')).toBe(count('kv key '));
    expect(count('file blobs/')).toBe(documents.length);
    expect(count('file incoming/')).toBe(0);
  });

  test(`comes to the same end after ${KILLS} kills, and clears away what they left behind`, async () => {
    const result = await killRun(harness, {
      home: 1,
      kills: KILLS,
      random: seededRandom(4),
      maxDelayMs: 1000,
      afterKills: leaveBehind,
    });
    expect(result.failedJobs).toEqual([]);
    expect(result.differences).toEqual([]);
    expect(result.kills).toHaveLength(KILLS);
    expect(result.kills.some(({ stage }) => !['starting', 'idle'].includes(stage))).toBe(true);
  }, 120_000);
});

/** What kills at worse moments would leave: uploads and caches half written, or not recorded. */
function leaveBehind(home: string): void {
  const hash = 'ab'.repeat(32);
  const deadProcess = 4_194_301;
  for (const path of [
    'incoming/0123456789abcdef',
    'blobs/incoming-1234-abc',
    `blobs/ab/${hash}`,
    `kv/ab/${hash}.kv`,
    `kv/ab/${hash}.kv.${deadProcess}-0a1b2c3d.tmp`,
  ]) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    writeFileSync(join(home, path), 'left behind');
  }
}
