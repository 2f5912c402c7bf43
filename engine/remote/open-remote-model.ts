/**
 * A client of OpenAI-compatible servers. They differ: some send no `[DONE]`, some list no models, some refuse
 * fields they do not know (422) or a `response_format` they cannot keep to. What a server refused once is left
 * out from then on.
 */

import { systemClock } from './clock.ts';
import { RemoteModelError } from './errors.ts';
import { send, Silence, type Endpoint } from './http.ts';
import { rateLimit } from './rate-limit.ts';
import { jsonOf, readStream, replyOf, vectorsOf, type Reply } from './replies.ts';
import { withRetries } from './retry.ts';
import type { ChatRequest, CompletionRequest, RemoteModel, RemoteModelOptions } from './types.ts';

const TIMEOUT_MS = 60_000;
const ATTEMPTS = 4;
/** Rough, for the rate limit only: a token is about four characters. */
const CHARS_A_TOKEN = 4;

/** Optional fields, in the order in which they are given up where a server refuses them. */
type Extra = 'stream_options' | 'response_format';

export function openRemoteModel(options: RemoteModelOptions): RemoteModel {
  const { clock = systemClock, random = Math.random, attempts = ATTEMPTS, model } = options;
  const endpoint: Endpoint = {
    baseUrl: options.baseUrl,
    apiKey: options.apiKey,
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
  };
  const limit = rateLimit(clock, options);
  const refused = new Set<Extra>();

  const tried = async <T>(
    signal: AbortSignal | undefined,
    tokens: number,
    work: (silence: Silence) => Promise<T>,
  ): Promise<T> =>
    withRetries(
      async () => {
        await limit.take(tokens, signal);
        const silence = new Silence(endpoint.timeoutMs, signal);
        try {
          return await work(silence);
        } finally {
          silence.end();
        }
      },
      { attempts, clock, random, signal },
    );

  /** Asks again without a field that the server says it does not know. */
  const post = async (
    path: string,
    asked: Readonly<Record<string, unknown>>,
    optional: readonly (readonly [Extra, unknown])[],
    silence: Silence,
  ): Promise<Response> => {
    for (;;) {
      const extras = optional.filter(([name]) => !refused.has(name));
      const body = { model, ...asked, ...Object.fromEntries(extras) };
      try {
        return await send(endpoint, path, body, silence);
      } catch (error) {
        const [name] = extras[0] ?? [];
        if (name === undefined || !refusesFields(error)) throw error;
        refused.add(name);
      }
    }
  };

  const chat = (request: ChatRequest, isStream: boolean, silence: Silence): Promise<Response> => {
    const asked = {
      messages: request.messages,
      max_tokens: request.maxTokens,
      temperature: request.temperature ?? 0,
      ...(isStream && { stream: true }),
    };
    return post('/chat/completions', asked, extrasOf(request, isStream), silence);
  };

  return {
    model,
    chat: (request) =>
      tried(request.signal, tokensOf(request), async (silence) => {
        const response = await chat(request, false, silence);
        return replyOf(await jsonOf<Reply>(response, silence, endpoint));
      }),
    stream: (request, onText) =>
      tried(request.signal, tokensOf(request), async (silence) => {
        const response = await chat(request, true, silence);
        return readStream(response, silence, endpoint, ({ text }) => text !== '' && onText(text));
      }),
    complete: (request, onPiece) =>
      tried(request.signal, request.promptIds.length + request.maxTokens, async (silence) => {
        const response = await post('/completions', completionBody(request), USAGE, silence);
        return readStream(response, silence, endpoint, onPiece);
      }),
    embed: (texts, signal) =>
      tried(signal, texts.join('').length / CHARS_A_TOKEN, async (silence) => {
        const response = await send(endpoint, '/embeddings', { model, input: texts }, silence);
        return vectorsOf(await jsonOf(response, silence, endpoint), texts.length);
      }),
    models: async (signal) => {
      const silence = new Silence(endpoint.timeoutMs, signal);
      try {
        const response = await send(endpoint, '/models', undefined, silence);
        const body = await jsonOf<{ data?: { id?: unknown }[] }>(response, silence, endpoint);
        return (body.data ?? []).flatMap(({ id }) => (typeof id === 'string' ? [id] : []));
      } catch (error) {
        // Several servers have no such list, or fail at it.
        if (error instanceof RemoteModelError && error.status !== undefined && !isKeyError(error))
          return [];
        throw error;
      } finally {
        silence.end();
      }
    },
  };
}

function isKeyError({ status }: RemoteModelError): boolean {
  return status === 401 || status === 403;
}

const USAGE: readonly (readonly [Extra, unknown])[] = [['stream_options', { include_usage: true }]];

/** Always a stream, and with the probability of each token. */
function completionBody(request: CompletionRequest): Readonly<Record<string, unknown>> {
  const { promptIds, maxTokens, stop, sampling = {}, serverFields } = request;
  return {
    // vLLM puts nothing in front of ids, not even a first token: what comes is the prompt.
    prompt: Array.from(promptIds),
    max_tokens: maxTokens,
    temperature: sampling.temperature ?? 0,
    top_p: sampling.topP,
    top_k: sampling.topK,
    min_p: sampling.minP,
    seed: sampling.seed,
    repetition_penalty: sampling.repetitionPenalty,
    stop,
    stream: true,
    // 1 and not 0, which some servers take for none.
    logprobs: 1,
    ...serverFields,
  };
}

function extrasOf({ schema }: ChatRequest, isStream: boolean): (readonly [Extra, unknown])[] {
  const extras: (readonly [Extra, unknown])[] = isStream ? [...USAGE] : [];
  if (schema !== undefined)
    extras.push([
      'response_format',
      { type: 'json_schema', json_schema: { ...schema, strict: true } },
    ]);
  return extras;
}

function refusesFields(error: unknown): boolean {
  if (!(error instanceof RemoteModelError)) return false;
  if (error.status === 422) return true;
  return (
    error.status === 400 &&
    /response_format|stream_options|json_schema|unknown|unsupported|not support|extra/i.test(
      error.message,
    )
  );
}

function tokensOf({ messages, maxTokens }: ChatRequest): number {
  const chars = messages.reduce((sum, one) => sum + one.content.length, 0);
  return Math.ceil(chars / CHARS_A_TOKEN) + maxTokens;
}
