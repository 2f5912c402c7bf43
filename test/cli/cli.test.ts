import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from '../support/server.ts';

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
