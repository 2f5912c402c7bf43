import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { readConfig } from '../../api/config.ts';
import { answerSchema, type Answer } from '../../api/contract/index.ts';
import { fixture } from '../engine/support/fixtures.ts';
import { faultServer, streams, type FaultServer } from '../engine/remote-faults.ts';
import { ApiClient, exactly } from '../support/client.ts';
import { startServer, type TestServer } from '../support/server.ts';

// A server of its own is started, and documents are embedded: on a busy machine that takes its time.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const FRAM = join(import.meta.dirname, '../../ingest/sample/files/fram.md');
const QUESTION = 'Who designed the Fram?';

describe('answers that a remote server writes', () => {
  let remote: FaultServer;
  let server: TestServer;
  let api: ApiClient;
  let workspaceId: string;
  /** What the remote server writes. */
  let written = '';

  beforeAll(async () => {
    remote = await faultServer((request, response, body) => {
      const logprobs = { token_logprobs: [-0.01] };
      const event = { choices: [{ text: written, logprobs, finish_reason: 'stop' }] };
      streams([JSON.stringify(event), '[DONE]'])(request, response, body);
    });
    server = await startServer({
      env: {
        OPENAI_BASE_URL: remote.url,
        OPENAI_MODEL: 'far',
        GRAPHBLEND_REMOTE_LAYOUT: 'lmcache-blend',
        GRAPHBLEND_REMOTE_TOKENIZER: fixture('llama-gqa'),
      },
    });
    api = new ApiClient(server.url);
    workspaceId = (await api.createWorkspace('Far')).id;
    await api.upload(workspaceId, 'fram.md', readFileSync(FRAM));
    await api.waitForJobs(workspaceId);
  });

  afterAll(async () => {
    await server?.stop();
    await remote?.close();
  });

  const ask = async (mode?: 'exact'): Promise<Answer> => {
    const body = { question: QUESTION, ...(mode && { mode }) };
    const reply = await api.json('POST', `/v1/workspaces/${workspaceId}/answers`, body);
    return exactly(answerSchema, reply, 200);
  };

  test('are cited, and name the model; the prompt is ids for /completions', async () => {
    written = 'Colin Archer';
    const answer = await ask();
    expect(answer).toMatchObject({ kind: 'generated', text: 'Colin Archer', model: 'far' });
    expect(answer.citations.length).toBeGreaterThan(0);
    expect(answer.citations[0]!.text).toContain('Archer');
    const { prompt } = remote.bodies.at(-1);
    expect(prompt.length).toBe(answer.reuse!.prompt_tokens);
    expect(prompt.every(Number.isInteger)).toBe(true);
  });

  test('that abstain, or that nothing supports, give way to the sentences of the passages', async () => {
    for (const text of ['not stated', 'Isambard Brunel']) {
      written = text;
      const answer = await ask();
      expect(answer.reader_text).toBe(text);
      expect(answer.kind).toBe('extractive');
      expect(answer.text).toContain('Archer');
    }
  });

  test('go without the separator in exact mode', async () => {
    written = 'Colin Archer';
    const blended = (await ask()).reuse!.prompt_tokens;
    const exact = (await ask('exact')).reuse!.prompt_tokens;
    expect(exact).toBeLessThan(blended);
  });
});

describe('the settings of a remote server that blends', () => {
  const set = {
    OPENAI_BASE_URL: 'http://localhost:8000/v1',
    OPENAI_MODEL: 'far',
    GRAPHBLEND_REMOTE_LAYOUT: 'lmcache-blend',
    GRAPHBLEND_REMOTE_TOKENIZER: '/models/far',
  };

  test("have LMCache's own separator where none is set", () => {
    expect(readConfig(set).remoteBlending).toEqual({
      tokenizerFolder: '/models/far',
      separator: ' # # ',
      maxPositions: 4096,
    });
    const other = { ...set, GRAPHBLEND_REMOTE_SEPARATOR: '<|sep|>' };
    expect(readConfig(other).remoteBlending!.separator).toBe('<|sep|>');
    expect(readConfig({ OPENAI_BASE_URL: set.OPENAI_BASE_URL, OPENAI_MODEL: 'm' })).toMatchObject({
      remoteBlending: undefined,
    });
  });

  test('name what is missing or wrong', () => {
    for (const name of ['OPENAI_BASE_URL', 'GRAPHBLEND_REMOTE_TOKENIZER', 'OPENAI_MODEL'])
      expect(() => readConfig({ ...set, [name]: '' })).toThrow(`${name} is not set`);
    expect(() => readConfig({ ...set, GRAPHBLEND_REMOTE_LAYOUT: 'blend' })).toThrow(
      'expected one of: none, lmcache-blend',
    );
    expect(() => readConfig({ ...set, GRAPHBLEND_REMOTE_CONTEXT: '12' })).toThrow(
      'GRAPHBLEND_REMOTE_CONTEXT',
    );
  });
});
