import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answerSchema, type Answer } from '../../api/contract/index.ts';
import { ApiClient, exactly } from '../support/client.ts';
import { startServer, type TestServer } from '../support/server.ts';

const SAMPLE = join(import.meta.dirname, '../../ingest/sample/files');
const FILES = ['fram.md', 'colin-archer.md', 'endurance.pdf'];
const QUESTION = 'In which town was the designer of the Fram born?';

describe('the support of an answer', () => {
  let server: TestServer;
  let api: ApiClient;
  let workspaceId: string;

  beforeAll(async () => {
    server = await startServer();
    api = new ApiClient(server.url);
    workspaceId = (await api.createWorkspace('Support')).id;
    for (const name of FILES) {
      await api.upload(workspaceId, name, readFileSync(join(SAMPLE, name)));
    }
    await api.waitForJobs(workspaceId);
  });

  afterAll(() => server?.stop());

  const path = (rest: string): string => `/v1/workspaces/${workspaceId}${rest}`;
  const ask = async (): Promise<Answer> =>
    exactly(answerSchema, await api.json('POST', path('/answers'), { question: QUESTION }), 200);
  const placesOf = ({ citations, paths, context }: Answer): Set<string | null> =>
    new Set([
      ...citations.map((each) => each.document_id),
      ...context.map((each) => each.document_id),
      ...paths.flatMap(({ steps }) => steps.map((step) => step.document_id)),
    ]);

  test('is a path whose facts and sentences stand in cited documents, and goes with its document', async () => {
    const before = await ask();
    expect(before.citations.length).toBeGreaterThan(0);
    expect(before.paths.length).toBeGreaterThan(0);
    const cited = new Set(before.citations.map((each) => each.document_id));
    const steps = before.paths.flatMap((each) => each.steps);
    const placed = steps.filter((step) => step.document_id !== null);
    expect(placed.length).toBeGreaterThan(0);
    for (const step of placed) {
      expect(cited).toContain(step.document_id);
      expect(step.span).not.toBeNull();
      expect(step.text).toBeTruthy();
    }

    const last = before.citations.at(-1)!;
    const reply = await api.json('DELETE', path(`/documents/${last.document_id}`));
    expect(reply.status).toBeLessThan(300);
    await api.waitForJobs(workspaceId);

    const after = await ask();
    expect(placesOf(after)).not.toContain(last.document_id);
    expect(after.text ?? '').not.toContain(last.text);
    const stored = await api.get(`/v1/answers/${before.id}`, answerSchema);
    for (const citation of stored.citations) {
      if (citation.document_id === last.document_id) expect(citation.text).toBe('');
    }
  });
});
