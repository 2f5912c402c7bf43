import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startServer, type TestServer } from '../support/server.ts';

// Each command starts a process of its own: on a busy machine that takes its time.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

let server: TestServer;
const folder = mkdtempSync(join(tmpdir(), 'graphblend-cli-'));

beforeAll(async () => {
  server = await startServer();
  writeFileSync(
    join(folder, 'fram.md'),
    '# Fram\n\nColin Archer designed the Fram. It was built in 1892.\n',
  );
  writeFileSync(join(folder, 'notes.xyz'), 'not a document');
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const main = join(import.meta.dirname, '../../dist/cli/main.js');

/** Runs the built command line against the server of this suite. */
function cli(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { ...process.env, NO_COLOR: '1', GRAPHBLEND_HOME: server.home };
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    );
  });
}

describe('the command line', () => {
  it('ingests a folder, and skips what it cannot read', async () => {
    const done = await cli('ingest', folder, '--workspace', 'Ships', '--json');
    expect(done.code).toBe(0);
    const report = JSON.parse(done.stdout) as { jobs: { document_name: string; state: string }[] };
    expect(report.jobs.map((job) => [job.document_name, job.state])).toEqual([
      ['fram.md', 'succeeded'],
    ]);
  });

  it('calls an unchanged file unchanged', async () => {
    const again = await cli('ingest', join(folder, 'fram.md'), '--workspace', 'Ships', '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ unchanged: 1, jobs: [] });
  });

  it('answers with a citation, as text and as JSON', async () => {
    const text = await cli('ask', 'Who designed the Fram?', '--workspace', 'Ships');
    expect(text.code).toBe(0);
    expect(text.stdout).toContain('Colin Archer');
    expect(text.stdout).toContain('[1]');
    const json = await cli('ask', 'Who designed the Fram?', '--workspace', 'Ships', '--json');
    const answer = JSON.parse(json.stdout) as { citations: { text: string }[] };
    expect(answer.citations[0]!.text).toContain('Colin Archer designed the Fram');
  });

  it('searches, and reports status and models as JSON', async () => {
    const found = await cli('search', 'Fram', '--workspace', 'Ships', '--json');
    expect((JSON.parse(found.stdout) as { hits: unknown[] }).hits.length).toBeGreaterThan(0);
    const status = await cli('status', '--json');
    expect(JSON.parse(status.stdout)).toMatchObject({ status: { ready: true } });
    const models = await cli('models', '--json');
    expect(JSON.parse(models.stdout)).toHaveProperty('reader.fingerprint');
  });

  it('sets a schema from a file, shows it, and removes it', async () => {
    const file = join(folder, 'ships.json');
    writeFileSync(
      file,
      JSON.stringify({
        title: 'Ships',
        entity_types: [{ label: 'Ship', aliases: ['vessel'] }],
        relations: [{ label: 'designed', range: ['Ship'], functional: true }],
      }),
    );
    // A try before this one may have ended in between.
    await cli('schema', 'remove', '--workspace', 'Ships');
    const none = await cli('schema', 'show', '--workspace', 'Ships');
    expect(none.stdout).toContain('Ships has no schema');
    const set = await cli('schema', 'set', file, '--workspace', 'Ships');
    expect(set).toMatchObject({
      code: 0,
      stdout: '1 entity type, 1 relation; 1 document stated in it.\n',
    });
    const shown = await cli('schema', 'show', '--workspace', 'Ships');
    expect(shown.stdout).toContain('Ship (also: vessel)');
    expect(shown.stdout).toContain('designed: any -> Ship, one at a time');
    const json = await cli('schema', 'show', '--workspace', 'Ships', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({
      title: 'Ships',
      relations: [{ label: 'designed', functional: true }],
      restated: { documents: 1, waiting: 0 },
    });
    const removed = await cli('schema', 'remove', '--workspace', 'Ships');
    expect(removed).toMatchObject({ code: 0 });
    expect(removed.stdout).toContain('Ships has no schema any more');
    const after = await cli('schema', 'show', '--workspace', 'Ships', '--json');
    expect(JSON.parse(after.stdout)).toMatchObject({ revision: 0, relations: [] });
  });

  it('refuses a broken schema file with the reason, and changes nothing', async () => {
    const broken = join(folder, 'broken.json');
    writeFileSync(broken, '{"relations": [');
    const before = await cli('schema', 'show', '--workspace', 'Ships', '--json');
    const refused = await cli('schema', 'set', broken, '--workspace', 'Ships');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(/schema|JSON|ontology/iu);
    const nowhere = await cli('schema', 'set', join(folder, 'nowhere.ttl'), '--workspace', 'Ships');
    expect(nowhere.code).toBe(1);
    expect(nowhere.stderr).toContain('nowhere.ttl');
    const after = await cli('schema', 'show', '--workspace', 'Ships', '--json');
    expect(after.stdout).toBe(before.stdout);
  });

  it('says what is wrong and what to do, and exits with 1', async () => {
    const missing = await cli('ingest', join(folder, 'nowhere.pdf'));
    expect(missing.code).toBe(1);
    expect(missing.stderr).toContain('does not exist');
    expect(missing.stderr).toContain('Check the path');
    const unknown = await cli('ask', 'Who?', '--workspace', 'No such');
    expect(unknown.code).toBe(1);
    expect(unknown.stderr).toContain('Choose one of: Ships');
  });

  it('refuses an unknown mode before it does anything', async () => {
    const refused = await cli('ask', 'Who?', '--mode', 'sloppy');
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('fast, balanced, exact');
  });
});
