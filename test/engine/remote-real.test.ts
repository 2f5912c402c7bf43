import { describe, expect, test } from 'vitest';
import { layOut, segmentsOf, separatorIds } from '../../cache/remote/blend-layout.ts';
import { promptTemplate } from '../../cache/prompt.ts';
import { openRemoteModel } from '../../engine/remote/index.ts';
import { loadTokenizer } from '../../engine/index.ts';

/** E.g. `transformers serve <checkpoint folder> --device cpu --port P`: http://127.0.0.1:P/v1 and the folder. */
const baseUrl = process.env.GRAPHBLEND_TEST_OPENAI_URL;
const model = process.env.GRAPHBLEND_TEST_OPENAI_MODEL ?? '';

/** `1` for a server that has all that we use, such as vLLM: `npx tsx scripts/check-remote.ts` starts one. */
const isFull = process.env.GRAPHBLEND_TEST_OPENAI_FULL === '1';

/** The model's checkpoint folder, for prompts of ids; the server has to be vLLM, with LMCache or without. */
const tokenizerFolder = process.env.GRAPHBLEND_TEST_OPENAI_TOKENIZER;

if (baseUrl && !tokenizerFolder)
  console.log('Prompts of ids: not tested (set GRAPHBLEND_TEST_OPENAI_TOKENIZER too)');
if (!baseUrl)
  console.log(
    'OpenAI-compatible server: none (set GRAPHBLEND_TEST_OPENAI_URL and _MODEL to test with one)',
  );

describe.skipIf(!baseUrl)('a real OpenAI-compatible server', () => {
  const remote = openRemoteModel({
    baseUrl: baseUrl ?? '',
    model,
    timeoutMs: 120_000,
    attempts: 2,
  });
  const request = {
    messages: [{ role: 'user' as const, content: 'Who built the Fram?' }],
    maxTokens: 8,
  };

  test('answers, and says the same in a stream', async () => {
    const whole = await remote.chat(request);
    expect(whole.text.length).toBeGreaterThan(0);
    const deltas: string[] = [];
    const streamed = await remote.stream(request, (delta) => deltas.push(delta));
    expect(deltas.join('')).toBe(streamed.text);
    expect(streamed.text.trim()).toBe(whole.text.trim());
  }, 300_000);

  test('is asked for a form without harm, whether it knows how to keep to it or not', async () => {
    const schema = {
      type: 'object' as const,
      properties: { a: { type: 'string' as const } },
      required: ['a'],
      additionalProperties: false as const,
    };
    const reply = await remote.chat({ ...request, schema: { name: 'a', schema } });
    expect(typeof reply.text).toBe('string');
  }, 300_000);

  test('lists models, or none', async () => {
    expect(Array.isArray(await remote.models())).toBe(true);
  });

  describe.skipIf(!tokenizerFolder)('that takes token ids', () => {
    test('goes on from a prompt laid out for blending, with a probability for each token', async () => {
      const tokenizer = loadTokenizer(tokenizerFolder!);
      const passage = (text: string) => ({
        id: text,
        ids: Int32Array.from(tokenizer.encode(text)),
        focus: [],
      });
      const chunks = ['Colin Archer built the Fram.', 'Amundsen took her south.'].map(passage);
      const segments = segmentsOf(promptTemplate(tokenizer), { chunks, question: 'Who?' });
      const { ids: promptIds } = layOut(segments, separatorIds(tokenizer, ' # # '));
      const ask = async () => {
        const logprobs: number[] = [];
        const serverFields = { kv_transfer_params: { 'lmcache.tag.workspace': 'test' } };
        const reply = await remote.complete(
          { promptIds, maxTokens: 8, serverFields },
          (piece) => void logprobs.push(...(piece.logprobs ?? [])),
        );
        return { reply, logprobs };
      };
      const first = await ask();
      expect(first.reply.text.length).toBeGreaterThan(0);
      expect(first.reply.usage?.promptTokens).toBe(promptIds.length);
      expect(first.logprobs).toHaveLength(first.reply.usage!.completionTokens);
      expect(first.logprobs.every((one) => one <= 0)).toBe(true);
      expect((await ask()).reply.text).toBe(first.reply.text);
    }, 300_000);
  });

  describe.skipIf(!isFull)('that has all that we use', () => {
    test('lists its model, and counts the tokens of answers and streams', async () => {
      expect(await remote.models()).toContain(model);
      const whole = await remote.chat(request);
      const streamed = await remote.stream(request, () => undefined);
      expect(whole.usage!.promptTokens).toBeGreaterThan(5);
      expect(whole.usage!.completionTokens).toBeLessThanOrEqual(request.maxTokens);
      expect(streamed.usage).toEqual(whole.usage);
    }, 300_000);

    test('keeps to a form', async () => {
      const schema = {
        type: 'object' as const,
        properties: { builder: { type: 'string' as const, enum: ['Colin Archer', 'Fram'] } },
        required: ['builder'],
        additionalProperties: false as const,
      };
      const asked = { ...request, maxTokens: 60, schema: { name: 'answer', schema } };
      const { text } = await remote.chat(asked);
      expect(['Colin Archer', 'Fram']).toContain((JSON.parse(text) as { builder: string }).builder);
    }, 300_000);

    test('stops when the caller gives up in the middle of a stream', async () => {
      const control = new AbortController();
      const endless = { ...request, maxTokens: 400, signal: control.signal };
      const deltas: string[] = [];
      const streaming = remote.stream(endless, (delta) => {
        if (deltas.push(delta) === 3) control.abort(new Error('enough'));
      });
      await expect(streaming).rejects.toThrow('enough');
      expect(deltas.length).toBeLessThan(20);
      expect((await remote.chat(request)).text.length).toBeGreaterThan(0);
    }, 300_000);

    test('says which model it does not have, and is not asked again', async () => {
      const other = openRemoteModel({
        baseUrl: baseUrl ?? '',
        model: 'no such model',
        attempts: 3,
      });
      await expect(other.chat(request)).rejects.toMatchObject({ status: 404, isTransient: false });
    }, 300_000);

    test('answers eight at once as each alone', async () => {
      const questions = ['Who?', 'Where is it?', 'When was that?', 'Why so?'];
      const ask = (content: string) =>
        remote.chat({ ...request, messages: [{ role: 'user', content }] });
      const alone: string[] = [];
      for (const question of questions) alone.push((await ask(question)).text);
      const together = await Promise.all([...questions, ...questions].map(ask));
      expect(together.map(({ text }) => text)).toEqual([...alone, ...alone]);
    }, 300_000);
  });
});
