import { describe, expect, test } from 'vitest';
import { openRemoteModel } from '../../engine/remote/index.ts';

/** E.g. `transformers serve <checkpoint folder> --device cpu --port P`: http://127.0.0.1:P/v1 and the folder. */
const baseUrl = process.env.GRAPHBLEND_TEST_OPENAI_URL;
const model = process.env.GRAPHBLEND_TEST_OPENAI_MODEL ?? '';

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
});
