import { rmSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import type { GenerateEvent, GenerateRequest } from '../../cache/index.ts';
import { loadTokenizer } from '../../engine/index.ts';
import { fixture } from '../engine/support/fixtures.ts';
import { openService, SALT, temporaryFolders } from './open-service.ts';

afterAll(() => temporaryFolders.forEach((folder) => rmSync(folder, { recursive: true })));

const tokenizer = loadTokenizer(fixture('llama-gqa'));
const chunks = ['Fram was designed by Colin Archer.\n', 'Amundsen went south.\n'].map(
  (text, i) => ({
    id: `c${i}`,
    ids: Int32Array.from(tokenizer.encode(text)),
    focus: [],
  }),
);

function request(changes: Partial<GenerateRequest> = {}): GenerateRequest {
  const question = 'Who went south?';
  return { workspaceSalt: SALT, chunks, question, mode: 'exact', maxTokens: 12, ...changes };
}

function call(onText: (texts: number) => boolean = () => false) {
  let texts = 0;
  let cancelled = false;
  return {
    isCancelled: () => cancelled,
    emit(event: unknown) {
      if ((event as GenerateEvent).type !== 'text') return;
      cancelled ||= onText(++texts);
    },
  };
}

const idle = { requests: 0, waitingPrefillTokens: 0, kvBytes: 0, waitingForKv: 0 };

describe('answers that are asked for at the same time', () => {
  it('are what each would be alone, and leave nothing behind', async () => {
    const { service } = openService();
    const questions = ['Who went south?', 'Who designed Fram?', 'What is it about?'];
    const alone: (readonly number[])[] = [];
    for (const question of questions) {
      alone.push((await service.generate(request({ question }), call())).tokenIds);
    }
    const together = await Promise.all(
      questions.map((question) => service.generate(request({ question }), call())),
    );
    expect(together.map(({ tokenIds }) => tokenIds)).toEqual(alone);
    expect(service.stats().serving).toMatchObject(idle);
  });

  it('are refused beyond the limit, at once and with what to do', async () => {
    const { service } = openService({ limits: { requests: 2 } });
    const open = [service.generate(request(), call()), service.generate(request(), call())];
    await expect(service.generate(request(), call())).rejects.toMatchObject({
      code: 'overloaded',
      fix: expect.stringMatching(/Try again/),
    });
    await Promise.all(open);
    await service.generate(request(), call());
    expect(service.stats().serving).toMatchObject({ ...idle, refused: 1 });
  });

  it('wait for memory instead of taking more than there is', async () => {
    const { service } = openService({ limits: { kvBytes: 250_000 } });
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => service.generate(request(), call())),
    );
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(service.stats().serving).toMatchObject(idle);
    const long = request({ maxTokens: 350 });
    await expect(service.generate(long, call())).rejects.toMatchObject({ code: 'kv_memory' });
  });
});

describe('an answer', () => {
  it('is refused if its first token would come too late', async () => {
    const { service } = openService();
    await service.generate(request(), call());
    const hurried = request({ firstTokenWithinMs: 1e-6 });
    await expect(service.generate(hurried, call())).rejects.toMatchObject({
      code: 'deadline_unreachable',
    });
    await service.generate(request({ firstTokenWithinMs: 60_000 }), call());
    expect(service.stats().serving).toMatchObject({ ...idle, refused: 1 });
  });

  it('ends within one token of a cancel, and keeps what was written', async () => {
    const { service } = openService();
    const { finish, tokens } = await service.generate(
      request(),
      call((texts) => texts === 3),
    );
    expect(finish).toBe('cancelled');
    expect(tokens).toBeLessThanOrEqual(4);
    expect(service.stats().serving).toMatchObject(idle);
  });

  it('ends before a stop string', async () => {
    const { service } = openService();
    const whole = await service.generate(request(), call());
    const stop = whole.text.slice(4, 6);
    const events: string[] = [];
    const cut = await service.generate(request({ stop: [stop] }), {
      isCancelled: () => false,
      emit: (event) => {
        if ((event as GenerateEvent).type === 'text')
          events.push((event as { delta: string }).delta);
      },
    });
    expect(cut.text).toBe(whole.text.slice(0, whole.text.indexOf(stop)));
    expect(cut.finish).toBe('stop');
    expect(events.join('')).toBe(cut.text);
  });

  it('tells the likeliest tokens beside the one it takes', async () => {
    const { service } = openService();
    const told: (readonly { id: number; logProbability: number }[])[] = [];
    const { tokenIds, logprobs } = await service.generate(request({ topLogprobs: 3 }), {
      isCancelled: () => false,
      emit: (event) => {
        const { type, top } = event as { type: string; top?: (typeof told)[0] };
        if (type === 'text') told.push(top!);
      },
    });
    expect(told.map((top) => top[0]!.id)).toEqual(tokenIds);
    told.forEach((top, i) => {
      expect(top).toHaveLength(3);
      expect(top[0]!.logProbability).toBeCloseTo(logprobs[i]!, 5);
      expect(top[1]!.logProbability).toBeLessThanOrEqual(top[0]!.logProbability);
    });
  });

  it('is drawn alike from the same seed, and otherwise from another', async () => {
    const { service } = openService();
    const draw = async (seed: number) =>
      (await service.generate(request({ sampling: { temperature: 2, seed } }), call())).tokenIds;
    expect(await draw(1)).toEqual(await draw(1));
    expect(await draw(1)).not.toEqual(await draw(2));
  });
});
