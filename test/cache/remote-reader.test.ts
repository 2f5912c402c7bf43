import { afterEach, describe, expect, test } from 'vitest';
import type { EngineClient, GenerateEvent, GenerateRequest } from '../../cache/index.ts';
import { LMCACHE_SEPARATOR, withRemoteReader } from '../../cache/index.ts';
import { layOut, segmentsOf, separatorIds } from '../../cache/remote/blend-layout.ts';
import { promptTemplate } from '../../cache/prompt.ts';
import { CancelledError, loadTokenizer, openRemoteModel } from '../../engine/index.ts';
import { fixture } from '../engine/support/fixtures.ts';
import {
  answer,
  faultServer,
  streams,
  type FaultServer,
  type Scene,
} from '../engine/remote-faults.ts';

const tokenizer = loadTokenizer(fixture('llama-gqa'));
const template = promptTemplate(tokenizer);
const separator = separatorIds(tokenizer, LMCACHE_SEPARATOR);

let running: FaultServer | undefined;
afterEach(() => running?.close());

const passage = (text: string) => ({
  id: text,
  ids: Int32Array.from(tokenizer.encode(text)),
  focus: [],
});
const request: GenerateRequest = {
  workspaceSalt: '0123456789abcdef0123456789abcdef',
  chunks: [passage('Fram was built by Archer.'), passage('Amundsen took her south.')],
  question: 'Who built the Fram?',
  mode: 'balanced',
  maxTokens: 16,
};

const piece = (text: string, logprobs: (number | null)[], finish: string | null = null): string =>
  JSON.stringify({
    choices: [{ text, logprobs: { token_logprobs: logprobs }, finish_reason: finish }],
  });
const usage = JSON.stringify({
  choices: [],
  usage: { prompt_tokens: 40, completion_tokens: 3, prompt_tokens_details: { cached_tokens: 30 } },
});
const whole = streams([
  piece('Colin', [-0.1]),
  piece(' Archer', [-0.2, -0.3], 'stop'),
  usage,
  '[DONE]',
]);

/** Only what the local engine would be asked for by mistake is absent. */
const local = { info: { reader: {}, embedder: { name: 'here' } } } as EngineClient;

async function open(scenes: Scene[], maxPositions = 4096) {
  running = await faultServer(...scenes);
  const remote = openRemoteModel({
    baseUrl: running.url,
    model: 'm',
    attempts: 2,
    random: () => 0,
  });
  const reader = { remote, tokenizer, separator: LMCACHE_SEPARATOR, maxPositions };
  return { engine: withRemoteReader(local, reader), server: running };
}

describe('a remote reader that blends', () => {
  test('gets the prompt as ids, and tells each token with its probability', async () => {
    const { engine, server } = await open([whole]);
    const events: GenerateEvent[] = [];
    const result = await engine.generate(request, { onEvent: (event) => events.push(event) });
    const prompt = layOut(segmentsOf(template, request), separator);
    expect(server.bodies).toHaveLength(1);
    expect(server.bodies[0]).toMatchObject({
      model: 'm',
      prompt: [...prompt.ids],
      max_tokens: 16,
      temperature: 0,
      stream: true,
      logprobs: 1,
    });
    expect(result).toMatchObject({
      text: 'Colin Archer',
      tokens: 3,
      logprobs: [-0.1, -0.2, -0.3],
      finish: 'stop',
      reuse: { promptTokens: prompt.ids.length, cachedTokens: 30, policy: 'deviation' },
    });
    expect(tokenizer.decode(result.tokenIds.slice(0, -1))).toBe('Colin Archer');
    expect(events.map((each) => (each.type === 'plan' ? 'plan' : each.delta))).toEqual([
      'plan',
      'Colin',
      '',
      ' Archer',
    ]);
  });

  test('keeps workspaces apart by a tag that does not tell their salt', async () => {
    const { engine, server } = await open([whole]);
    await engine.generate(request);
    await engine.generate({ ...request, question: 'Where?' });
    await engine.generate({ ...request, workspaceSalt: 'f'.repeat(32) });
    const tags = server.bodies.map((body) => body.kv_transfer_params['lmcache.tag.workspace']);
    expect(tags[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(tags[0]).toBe(tags[1]);
    expect(tags[0]).not.toBe(tags[2]);
    expect(JSON.stringify(server.bodies)).not.toContain(request.workspaceSalt);
  });

  test('in exact mode, gets the prompt in one piece that it does not keep', async () => {
    const { engine, server } = await open([whole]);
    const { reuse } = await engine.generate({ ...request, mode: 'exact' });
    const { ids } = layOut(segmentsOf(template, request), new Int32Array(0));
    expect(server.bodies[0].prompt).toEqual([...ids]);
    expect(server.bodies[0].kv_transfer_params['lmcache.skip_save']).toBe(true);
    expect(reuse.policy).toBe('full');
  });

  test('a server that refuses to count tokens is asked without, one that fails is asked again', async () => {
    const { engine, server } = await open([
      answer(400, { error: { message: 'stream_options is not supported' } }),
      answer(500, 'busy'),
      whole,
    ]);
    expect((await engine.generate(request)).text).toBe('Colin Archer');
    expect(server.bodies.map((body) => 'stream_options' in body)).toEqual([true, false, false]);
  });

  test('what it wrote before a cancel is kept; before it began, nothing is asked', async () => {
    const endless: Scene = (_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' });
      response.write(`data: ${piece('Colin', [-0.1])}\n\n`);
    };
    const { engine, server } = await open([endless]);
    const stop = new AbortController();
    const result = await engine.generate(request, {
      signal: stop.signal,
      onEvent: ({ type }) => type === 'text' && stop.abort(new CancelledError()),
    });
    expect(result).toMatchObject({ text: 'Colin', tokens: 1, finish: 'cancelled' });
    await expect(engine.generate(request, { signal: stop.signal })).rejects.toThrow(CancelledError);
    expect(server.bodies).toHaveLength(1);
  });

  test('an answer that is cut at its length, or that the server gave up, is not finished', async () => {
    for (const reason of ['length', 'abort']) {
      const { engine } = await open([streams([piece('Colin', [-0.1], reason)])]);
      expect((await engine.generate(request)).finish).toBe('length');
      await running!.close();
    }
  });

  test('text that comes behind its tokens is told too', async () => {
    const { engine } = await open([
      streams([piece('Colin', [-0.1]), piece(' Archer', [], 'stop')]),
    ]);
    const deltas: string[] = [];
    const { text } = await engine.generate(request, {
      onEvent: (event) => event.type === 'text' && deltas.push(event.delta),
    });
    expect([text, deltas]).toEqual(['Colin Archer', ['Colin', ' Archer']]);
  });

  test('is refused where it gives no probabilities, breaks off, or the prompt is too long', async () => {
    const silent = JSON.stringify({ choices: [{ text: 'Colin', finish_reason: 'stop' }] });
    const { engine } = await open([streams([silent])]);
    await expect(engine.generate(request)).rejects.toThrow(/no probabilities/);
    await running!.close();
    const broken = await open([streams([piece('Col', [-1])], true)]);
    await expect(broken.engine.generate(request)).rejects.toThrow(/after 3 characters/);
    expect(broken.server.bodies).toHaveLength(1);
    await running!.close();
    const short = await open([whole], 20);
    await expect(short.engine.generate(request)).rejects.toMatchObject({ code: 'sequence_full' });
    expect(short.server.bodies).toHaveLength(0);
  });

  test('is asked without separators where only they make the prompt too long', async () => {
    const plain = layOut(segmentsOf(template, request), new Int32Array(0));
    const { engine, server } = await open([whole], plain.ids.length + request.maxTokens);
    const { reuse } = await engine.generate(request);
    expect(reuse.policy).toBe('full');
    expect(server.bodies).toMatchObject([{ prompt: [...plain.ids] }]);
  });

  test('tells which model answers, and tokenises as that one does', async () => {
    const { engine } = await open([whole]);
    expect(engine.info).toMatchObject({
      reader: { name: 'm', tokenizerFingerprint: tokenizer.fingerprint, maxPositions: 4096 },
      embedder: { name: 'here' },
    });
    expect(await engine.tokenize(['Fram'])).toEqual([Int32Array.from(tokenizer.encode('Fram'))]);
  });
});
