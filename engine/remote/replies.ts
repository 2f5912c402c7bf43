/** Reads what servers answer: whole, as a stream, and vectors. */

import { RemoteModelError } from './errors.ts';
import { connectionError, type Endpoint, type Silence } from './http.ts';
import { eventData } from './sse.ts';
import type { ChatReply, CompletionPiece, CompletionReply } from './types.ts';

interface Choice {
  readonly message?: { readonly content?: string | null };
  readonly delta?: { readonly content?: string | null };
  readonly text?: string | null;
  readonly logprobs?: { readonly token_logprobs?: readonly (number | null)[] | null } | null;
  readonly finish_reason?: string | null;
}

export interface Reply {
  readonly choices?: readonly Choice[];
  readonly usage?: {
    readonly prompt_tokens?: number;
    readonly completion_tokens?: number;
    readonly prompt_tokens_details?: { readonly cached_tokens?: number } | null;
  } | null;
  readonly error?: { readonly message?: string } | string;
}

export async function jsonOf<T>(
  response: Response,
  silence: Silence,
  endpoint: Endpoint,
): Promise<T> {
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

export function replyOf(body: Reply): ChatReply {
  refuseError(body);
  const choice = body.choices?.[0];
  const text = choice?.message?.content;
  if (choice === undefined || typeof text !== 'string') throw garbage('no message in it');
  return { text, finish: finishOf(choice.finish_reason), usage: usageOf(body.usage) };
}

function refuseError({ error }: Reply): void {
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

function usageOf(usage: Reply['usage']): ChatReply['usage'] {
  if (typeof usage?.prompt_tokens !== 'number' || typeof usage.completion_tokens !== 'number')
    return undefined;
  return { promptTokens: usage.prompt_tokens, completionTokens: usage.completion_tokens };
}

/**
 * Of chats and of completions. `[DONE]` may be missing: a stream is whole when a piece told why it ended.
 * @param onPiece not called for pieces that tell nothing
 */
export async function readStream(
  response: Response,
  silence: Silence,
  endpoint: Endpoint,
  onPiece: (piece: CompletionPiece) => void,
): Promise<CompletionReply> {
  if (response.body === null) throw garbage('an empty stream');
  const reading: Reading = { text: '', isTold: false, finish: undefined, usage: undefined };
  let isDone = false;
  try {
    for await (const data of eventData(response.body, () => silence.heard())) {
      isDone = data.trim() === '[DONE]';
      if (isDone) break;
      readPiece(pieceOf(data), reading, onPiece);
    }
  } catch (error) {
    throw broken(error, silence, endpoint, reading);
  }
  const { finish, text, usage } = reading;
  if (finish === undefined && !isDone)
    throw broken(new Error('it ended early'), silence, endpoint, reading);
  return { text, finish: finish ?? 'unknown', usage, cachedTokens: reading.cachedTokens };
}

interface Reading {
  text: string;
  /** Whether anything of it was handed on. */
  isTold: boolean;
  finish: ChatReply['finish'] | undefined;
  usage: ChatReply['usage'];
  cachedTokens?: number;
}

function readPiece(
  piece: Reply,
  reading: Reading,
  onPiece: (piece: CompletionPiece) => void,
): void {
  refuseError(piece);
  const choice = piece.choices?.[0];
  const text = choice?.delta?.content ?? choice?.text ?? '';
  const logprobs = choice?.logprobs?.token_logprobs?.map((one) => one ?? 0);
  if (text !== '' || logprobs?.length) {
    reading.text += text;
    reading.isTold = true;
    onPiece({ text, logprobs });
  }
  if (choice?.finish_reason) reading.finish = finishOf(choice.finish_reason);
  reading.usage = usageOf(piece.usage) ?? reading.usage;
  const cached = piece.usage?.prompt_tokens_details?.cached_tokens;
  if (typeof cached === 'number') reading.cachedTokens = cached;
}

function pieceOf(data: string): Reply {
  try {
    const value = JSON.parse(data) as Reply | string | number | boolean | null;
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
  { text, isTold }: Reading,
): RemoteModelError {
  const known =
    error instanceof RemoteModelError ? error : connectionError(error, silence, endpoint.timeoutMs);
  if (!isTold) return known;
  return new RemoteModelError(`${known.message}, after ${text.length} characters`, {
    fix: known.fix,
    isTransient: false,
    cause: error,
  });
}

export function vectorsOf(
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
