import { afterEach, describe, expect, test } from 'vitest';
import {
  openRemoteModel,
  RemoteModelError,
  type RemoteModelOptions,
} from '../../engine/remote/index.ts';
import { rateLimit } from '../../engine/remote/rate-limit.ts';
import {
  answer,
  faultServer,
  piece,
  says,
  streams,
  type FaultServer,
  type Scene,
} from './remote-faults.ts';

const KEY = 'sk-secret-key-0123456789';
let running: FaultServer | undefined;
afterEach(() => running?.close());

/** Time that passes only when somebody sleeps. */
function fakeClock() {
  const slept: number[] = [];
  let time = 0;
  return {
    slept,
    now: () => time,
    sleep: async (ms: number, signal?: AbortSignal) => {
      signal?.throwIfAborted();
      slept.push(ms);
      time += ms;
    },
  };
}

async function open(scenes: Scene[], options: Partial<RemoteModelOptions> = {}) {
  const server = await faultServer(...scenes);
  running = server;
  const clock = fakeClock();
  const model = openRemoteModel({
    baseUrl: server.url,
    apiKey: KEY,
    model: 'm',
    clock,
    random: () => 0.5,
    ...options,
  });
  return { model, clock, server };
}

const hello = { messages: [{ role: 'user' as const, content: 'Hello' }], maxTokens: 5 };
const schema = {
  name: 'facts',
  schema: { type: 'object' as const, properties: { a: { type: 'string' as const } } },
};

describe('a remote model', () => {
  test('answers, tells its usage, and gets the key as a bearer token', async () => {
    const { model, server } = await open([says('Hi')]);
    expect(await model.chat(hello)).toEqual({
      text: 'Hi',
      finish: 'stop',
      usage: { promptTokens: 7, completionTokens: 3 },
    });
    expect(server.headers[0]?.authorization).toBe(`Bearer ${KEY}`);
    expect(server.bodies[0]).toEqual({
      model: 'm',
      messages: hello.messages,
      max_tokens: 5,
      temperature: 0,
    });
  });

  test('waits as long as a 429 asks for, and longer each time after a 500', async () => {
    const { model, clock } = await open([
      answer(429, { error: { message: 'slow down' } }, { 'Retry-After': '7' }),
      answer(500, 'oops'),
      says('Hi'),
    ]);
    expect((await model.chat(hello)).text).toBe('Hi');
    expect(clock.slept).toEqual([7_000, 750]);
  });

  test('gives up after its attempts, with the status and what the server said, but never the key', async () => {
    const { model, server } = await open(
      [answer(503, { error: { message: `overloaded ${KEY}` } })],
      { attempts: 3 },
    );
    const error = await model.chat(hello).catch((one: unknown) => one);
    expect(error).toBeInstanceOf(RemoteModelError);
    expect(error).toMatchObject({
      status: 503,
      message: 'The model server answered 503: overloaded [key]',
    });
    expect(server.bodies).toHaveLength(3);
  });

  test('does not try again what cannot succeed: a wrong key', async () => {
    const { model, server } = await open([answer(401, { error: { message: 'bad key' } })]);
    await expect(model.chat(hello)).rejects.toMatchObject({ fix: 'Check OPENAI_API_KEY.' });
    expect(server.bodies).toHaveLength(1);
  });

  test('tries again after garbage, and says so if nothing else comes', async () => {
    const { model } = await open([answer(200, '<html>'), answer(200, { choices: [] }), says('Hi')]);
    expect((await model.chat(hello)).text).toBe('Hi');
    await running!.close();
    const other = await open([answer(200, '<html>')], { attempts: 2 });
    await expect(other.model.chat(hello)).rejects.toThrow(/cannot be understood/);
  });

  test('streams without [DONE], and with it', async () => {
    for (const end of [[], ['[DONE]']]) {
      const { model } = await open([
        streams([piece('Hel'), piece('lo'), piece('', 'stop'), ...end]),
      ]);
      const deltas: string[] = [];
      const reply = await model.stream(hello, (delta) => deltas.push(delta));
      expect([reply.text, reply.finish, deltas]).toEqual(['Hello', 'stop', ['Hel', 'lo']]);
      await running!.close();
    }
  });

  test('asks again for a stream that broke before its first word, not for one that broke later', async () => {
    const early = await open([streams([], true), streams([piece('Hi', 'stop')])]);
    expect((await early.model.stream(hello, () => {})).text).toBe('Hi');
    await running!.close();
    const late = await open([streams([piece('Hel')], true)]);
    await expect(late.model.stream(hello, () => {})).rejects.toThrow(/after 3 characters/);
    expect(late.server.bodies).toHaveLength(1);
    await running!.close();
    const cut = await open([streams([piece('Hel')])]);
    await expect(cut.model.stream(hello, () => {})).rejects.toThrow(/ended early/);
  });

  test('leaves out what a server refuses with 422, from then on', async () => {
    const { model, server } = await open([answer(422, { detail: 'unknown field' }), says('{}')]);
    await model.chat({ ...hello, schema });
    await model.chat({ ...hello, schema });
    expect(server.bodies.map((body) => 'response_format' in body)).toEqual([true, false, false]);
  });

  test('a silent server is given up after the time-out', async () => {
    const { model } = await open([() => {}], { timeoutMs: 50, attempts: 2 });
    await expect(model.chat(hello)).rejects.toThrow(/silent for 50 ms/);
  });

  test('a call that is aborted ends with the reason, whether it asks or waits', async () => {
    const stop = new AbortController();
    const { model } = await open([() => stop.abort(new Error('enough'))]);
    await expect(model.chat({ ...hello, signal: stop.signal })).rejects.toThrow('enough');
    await expect(model.chat({ ...hello, signal: stop.signal })).rejects.toThrow('enough');
  });

  test('a server that cannot list its models lists none; vectors come in the order of the texts', async () => {
    const { model } = await open(
      [
        answer(500, 'no list'),
        answer(200, {
          data: [
            { index: 1, embedding: [2] },
            { index: 0, embedding: [1] },
          ],
        }),
        answer(200, { data: [{ index: 1, embedding: [2] }] }),
      ],
      { attempts: 1 },
    );
    expect(await model.models()).toEqual([]);
    expect(await model.embed(['a', 'b'])).toEqual([Float32Array.of(1), Float32Array.of(2)]);
    await expect(model.embed(['a', 'b'])).rejects.toThrow(/vectors/);
  });
});

describe('the rate limit', () => {
  test('begins no more requests and tokens a minute than allowed', async () => {
    const clock = fakeClock();
    const limit = rateLimit(clock, { requestsPerMinute: 2, tokensPerMinute: 100 });
    for (let count = 0; count < 4; count += 1) await limit.take(10);
    expect(clock.now()).toBe(60_000);
    await limit.take(500);
    expect(clock.now()).toBeLessThanOrEqual(60_000 + 60_000);
  });
});
