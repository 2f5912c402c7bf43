/**
 * A client of OpenAI-compatible servers. They differ: some send no `[DONE]`, some list no models, some refuse
 * fields they do not know (422) or a `response_format` they cannot keep to. What a server refused once is left
 * out from then on.
 */

import { systemClock } from './clock.ts';
import { RemoteModelError } from './errors.ts';
import { connectionError, send, Silence, type Endpoint } from './http.ts';
import { rateLimit } from './rate-limit.ts';
import { withRetries } from './retry.ts';
import { eventData } from './sse.ts';
import type { ChatReply, ChatRequest, RemoteModel, RemoteModelOptions } from './types.ts';

const TIMEOUT_MS = 60_000;
const ATTEMPTS = 4;
/** Rough, for the rate limit only: a token is about four characters. */
const CHARS_A_TOKEN = 4;

interface Choice {
  readonly message?: { readonly content?: string | null };
  readonly delta?: { readonly content?: string | null };
  readonly finish_reason?: string | null;
}

interface Completion {
  readonly choices?: readonly Choice[];
  readonly usage?: { readonly prompt_tokens?: number; readonly completion_tokens?: number } | null;
  readonly error?: { readonly message?: string } | string;
}

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
    request: ChatRequest,
    isStream: boolean,
    silence: Silence,
  ): Promise<Response> => {
    for (;;) {
      const extras = extrasOf(request, isStream).filter(([name]) => !refused.has(name));
      const body = {
        model,
        messages: request.messages,
        max_tokens: request.maxTokens,
        temperature: request.temperature ?? 0,
        ...(isStream && { stream: true }),
        ...Object.fromEntries(extras),
      };
      try {
        return await send(endpoint, '/chat/completions', body, silence);
      } catch (error) {
        const [name] = extras[0] ?? [];
        if (name === undefined || !refusesFields(error)) throw error;
        refused.add(name);
      }
    }
  };

  return {
    model,
    chat: (request) =>
      tried(request.signal, tokensOf(request), async (silence) => {
        const response = await post(request, false, silence);
        return replyOf(await jsonOf<Completion>(response, silence, endpoint));
      }),
    stream: (request, onText) =>
      tried(request.signal, tokensOf(request), async (silence) =>
        readStream(await post(request, true, silence), silence, endpoint, onText),
      ),
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

function extrasOf({ schema }: ChatRequest, isStream: boolean): (readonly [Extra, unknown])[] {
  const extras: (readonly [Extra, unknown])[] = [];
  if (isStream) extras.push(['stream_options', { include_usage: true }]);
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

async function jsonOf<T>(response: Response, silence: Silence, endpoint: Endpoint): Promise<T> {
  let text: string;
  try {
    text = await response.text();
  } catch (error) {
    throw connectionError(error, silence, endpoint.timeoutMs);
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as T;
  } catch {
    // Told below.
  }
  throw garbage('no JSON object');
}

function garbage(what: string): RemoteModelError {
  return new RemoteModelError(`The model server's answer cannot be understood: ${what}`, {
    fix: 'Check that OPENAI_BASE_URL leads to an OpenAI-compatible server.',
    isTransient: true,
  });
}

function replyOf(body: Completion): ChatReply {
  refuseError(body);
  const choice = body.choices?.[0];
  const text = choice?.message?.content;
  if (choice === undefined || typeof text !== 'string') throw garbage('no message in it');
  return { text, finish: finishOf(choice.finish_reason), usage: usageOf(body.usage) };
}

function refuseError({ error }: Completion): void {
  if (error === undefined || error === null) return;
  const message = typeof error === 'string' ? error : (error.message ?? 'no reason given');
  throw new RemoteModelError(`The model server failed while it wrote: ${message.slice(0, 300)}`, {
    fix: 'See the log of the model server.',
    isTransient: true,
  });
}

function finishOf(reason: string | null | undefined): ChatReply['finish'] {
  return reason === 'stop' || reason === 'length' ? reason : 'unknown';
}

function usageOf(usage: Completion['usage']): ChatReply['usage'] {
  if (typeof usage?.prompt_tokens !== 'number' || typeof usage.completion_tokens !== 'number')
    return undefined;
  return { promptTokens: usage.prompt_tokens, completionTokens: usage.completion_tokens };
}

/** `[DONE]` may be missing: a stream is whole when a piece told why it ended. */
async function readStream(
  response: Response,
  silence: Silence,
  endpoint: Endpoint,
  onText: (delta: string) => void,
): Promise<ChatReply> {
  if (response.body === null) throw garbage('an empty stream');
  let text = '';
  let finish: ChatReply['finish'] | undefined;
  let usage: ChatReply['usage'];
  let isDone = false;
  try {
    for await (const data of eventData(response.body, () => silence.heard())) {
      if (data.trim() === '[DONE]') {
        isDone = true;
        break;
      }
      const piece = pieceOf(data);
      refuseError(piece);
      const choice = piece.choices?.[0];
      const delta = choice?.delta?.content ?? '';
      if (delta !== '') {
        text += delta;
        onText(delta);
      }
      if (choice?.finish_reason) finish = finishOf(choice.finish_reason);
      usage = usageOf(piece.usage) ?? usage;
    }
  } catch (error) {
    throw broken(error, silence, endpoint, text);
  }
  if (finish === undefined && !isDone)
    throw broken(new Error('it ended early'), silence, endpoint, text);
  return { text, finish: finish ?? 'unknown', usage };
}

function pieceOf(data: string): Completion {
  try {
    const value = JSON.parse(data) as Completion | string | number | boolean | null;
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Told below.
  }
  throw garbage('an event that is no JSON object');
}

/** Once text was shown, asking again would show it twice. */
function broken(
  error: unknown,
  silence: Silence,
  endpoint: Endpoint,
  text: string,
): RemoteModelError {
  const known =
    error instanceof RemoteModelError ? error : connectionError(error, silence, endpoint.timeoutMs);
  if (text === '') return known;
  return new RemoteModelError(`${known.message}, after ${text.length} characters`, {
    fix: known.fix,
    isTransient: false,
    cause: error,
  });
}

function vectorsOf(
  body: { data?: { index?: number; embedding?: unknown }[] },
  count: number,
): Float32Array[] {
  const vectors: Float32Array[] = [];
  for (const [at, { index, embedding }] of (body.data ?? []).entries())
    if (Array.isArray(embedding)) vectors[index ?? at] = Float32Array.from(embedding as number[]);
  const isWhole = vectors.length === count && Array.from(vectors).every((one) => one !== undefined);
  if (!isWhole) throw garbage(`${count} vectors were asked for, ${vectors.length} came`);
  return vectors;
}
