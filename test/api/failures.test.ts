/** Failures of the parts below, which a whole server cannot be made to have on request. */
import type { AddressInfo } from 'node:net';
import express from 'express';
import { afterEach, expect, test } from 'vitest';
import type { Server } from 'node:http';
import { startIngestThreadTwice } from '../../api/ingest-thread.ts';
import { LiveAnswers } from '../../api/live-answers.ts';
import type { Platform } from '../../api/platform.ts';
import { HttpError, problemHandler, problemOf } from '../../api/problems.ts';
import { mount, type Route } from '../../api/route.ts';
import { answerRoutes } from '../../api/routes/answers.ts';
import { systemRoutes } from '../../api/routes/system.ts';
import { statusSchema, type AnswerEvent, type AnswerRequest } from '../../api/contract/index.ts';
import { ApiClient, exactly, problem } from '../support/client.ts';

let server: Server | undefined;

afterEach(() => void server?.close());

async function serve(routes: readonly Route[]): Promise<ApiClient> {
  const app = express();
  app.use(express.json(), (request, response, next) => {
    request.id = 'req_1';
    response.setHeader('X-Request-Id', 'req_1');
    next();
  });
  mount(app, routes);
  app.use(problemHandler);
  server = await new Promise<Server>((done) => {
    const started = app.listen(0, '127.0.0.1', () => done(started));
  });
  return new ApiClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

const request: AnswerRequest = {
  question: 'Why?',
  mode: 'balanced',
  stream: false,
  max_tokens: 8,
};

/** Retrieval that fails at once, above a store that takes nothing. */
function brokenAnswers(): { answers: LiveAnswers; logged: string[] } {
  const logged: string[] = [];
  const fail = (): never => {
    throw new Error('FOREIGN KEY constraint failed');
  };
  const parts = {
    corpus: { putAnswer: fail, document: fail },
    graph: { kind: 'sqlite' },
    engine: { info: { reader: { name: 'reader' } }, embed: fail },
  } as unknown as ConstructorParameters<typeof LiveAnswers>[0];
  const error = (_details: object, message: string): void => void logged.push(message);
  return { answers: new LiveAnswers(parts, { error } as never, { keepMs: 0 }), logged };
}

test('an answer that fails and cannot be stored ends all the same, and is logged', async () => {
  const { answers, logged } = brokenAnswers();
  const { live, done } = answers.start('ws_1', request);
  const seen: AnswerEvent[] = [];
  live.follow(0, (event) => seen.push(event));
  expect(await done).toMatchObject({ status: 'failed', error: { code: 'internal_error' } });
  expect(seen.at(-1)).toMatchObject({ type: 'answer.failed' });
  expect(logged).toEqual(['an answer failed', 'an answer could not be stored']);
  expect(answers.open).toBe(0);
});

test('an answer that fails without a stream is a problem like any other', async () => {
  const error = problemOf(
    new HttpError(503, 'engine_error', 'The engine is gone.', 'Wait for it.'),
    'a',
  );
  const platform = {
    stores: { corpus: { workspace: () => ({}) } },
    answers: { start: () => ({ live: { cancel: () => {} }, done: Promise.resolve({ error }) }) },
  } as unknown as Platform;
  const api = await serve(answerRoutes(platform));
  const reply = await api.json('POST', '/v1/workspaces/ws_1/answers', request);
  problem(reply, 503, 'engine_error');
  expect(reply.headers.get('retry-after')).toBe('2');
});

test('the status of a server whose engine has ended says that it is not ready', async () => {
  const reader = { name: '', parameters: 1, layers: 1, weights: '', maxPositions: 1 };
  const info = {
    reader: { ...reader, fingerprint: '' },
    embedder: { name: '', dimensions: 1, fingerprint: '' },
  };
  const platform = {
    config: { threads: 1 },
    failure: () => undefined,
    stores: {
      graph: { kind: 'sqlite', stats: async () => ({ entities: 0, facts: 0, mentions: 0 }) },
    },
    queue: { kind: 'sqlite', counts: async () => ({ waiting: 0, active: 0, delayed: 0 }) },
    engine: { client: { info, kvStats: () => Promise.reject(new Error('gone')) } },
  } as unknown as Platform;
  const api = await serve(systemRoutes(platform, {} as never));
  const status = exactly(statusSchema, await api.json('GET', '/v1/status'), 200);
  expect(status).toMatchObject({ ready: false, kv: { entries: 0 } });
});

test.each([
  [{ code: 'SQLITE_BUSY_SNAPSHOT' }, 503, 'storage_busy'],
  [{ code: 'SQLITE_FULL' }, 507, 'storage_full'],
  [{ code: 'ENOSPC' }, 507, 'storage_full'],
  [{ message: 'the boundary of a block is wrong' }, 500, 'internal_error'],
])('%j becomes a problem with status %d', (details, status, code) => {
  const error = Object.assign(new Error('disk'), details);
  expect(problemOf(error, 'req_1')).toMatchObject({ status, code });
});

test('an ingest thread that ends is started once more, and then the server is not ready', async () => {
  const exits: ((error: Error) => void)[] = [];
  const failures: (string | undefined)[] = [];
  const closed: number[] = [];
  const thread = await startIngestThreadTwice(
    async (onExit) => {
      const number = exits.push(onExit);
      return { close: async () => void closed.push(number) };
    },
    { error: () => {} },
    (failure) => failures.push(failure?.message),
  );
  exits[0]!(new Error('first'));
  expect(failures).toEqual(['first']);
  await expect.poll(() => failures, { timeout: 5000 }).toEqual(['first', undefined]);
  exits[1]!(new Error('second'));
  await thread.close();
  expect(failures).toEqual(['first', undefined, 'second']);
  expect({ starts: exits.length, closed }).toEqual({ starts: 2, closed: [1, 2] });
});
