/**
 * Answers come from a remote server that blends (vLLM with LMCache); everything else stays with the engine here. The
 * server keeps the KV of the chunks itself: the first answer that uses one computes it, and nothing is precomputed from here.
 */
import { createHash } from 'node:crypto';
import {
  CancelledError,
  RemoteModelError,
  type CheckpointTokenizer,
  type CompletionPiece,
  type CompletionReply,
  type RemoteModel,
} from '../../engine/index.ts';
import { PromptTooLongError } from '../errors.ts';
import { promptTemplate, type PromptTemplate } from '../prompt.ts';
import type {
  EngineClient,
  GenerateEvent,
  GenerateRequest,
  GenerateResult,
  Reuse,
} from '../service-types.ts';
import {
  BlendLayoutError,
  isCutRightly,
  layOut,
  segmentsOf,
  separatorIds,
  type RemotePrompt,
} from './blend-layout.ts';

export interface RemoteReader {
  readonly remote: RemoteModel;
  /** Of the model that the server runs: its ids are what the server gets. */
  readonly tokenizer: CheckpointTokenizer;
  /** `LMCACHE_BLEND_SPECIAL_STR` of the server. */
  readonly separator: string;
  /** Longest prompt and answer together, in tokens. */
  readonly maxPositions: number;
}

interface Setup extends RemoteReader {
  readonly template: PromptTemplate;
  readonly separatorIds: Int32Array;
}

/** Throws BlendLayoutError, ChatTemplateError and PromptTemplateError if the tokenizer cannot lay prompts out. */
export function withRemoteReader(engine: EngineClient, reader: RemoteReader): EngineClient {
  const { tokenizer, remote, maxPositions } = reader;
  const setup: Setup = {
    ...reader,
    template: promptTemplate(tokenizer),
    separatorIds: separatorIds(tokenizer, reader.separator),
  };
  return {
    ...engine,
    info: {
      ...engine.info,
      reader: {
        name: remote.model,
        parameters: 0,
        layers: 0,
        weights: 'remote',
        maxPositions,
        fingerprint: `remote#${remote.model}`,
        tokenizerFingerprint: tokenizer.fingerprint,
        prefixTokens: setup.template.prefixIds.length,
        kvBytesPerToken: 0,
      },
    },
    generate: (request, options = {}) => generate(setup, request, options),
    tokenize: async (texts) => texts.map((text) => Int32Array.from(tokenizer.encode(text))),
    precompute: async () => ({ keys: new Map() }),
    storeBehind: async () => [],
    prefetch: async () => ({ chunks: 0 }),
  };
}

async function generate(
  setup: Setup,
  request: GenerateRequest,
  {
    signal,
    onEvent = () => undefined,
  }: { signal?: AbortSignal; onEvent?: (event: GenerateEvent) => void },
): Promise<GenerateResult> {
  if (request.format) throw formatError();
  const { prompt, isBlended } = promptOf(setup, request);
  refuseTooLong(prompt, request, setup);
  onEvent({
    type: 'plan',
    reuse: reuseOf(prompt, isBlended, undefined),
    ribbon: prompt.ribbon,
  });
  const answer = new Answer(onEvent);
  const began = performance.now();
  const reply = await complete(setup, request, { prompt, isBlended, signal }, answer);
  const total = performance.now() - began;
  const firstToken = answer.firstAt === undefined ? total : answer.firstAt - began;
  const finish = finishOf(reply);
  return {
    text: answer.text,
    tokens: answer.logprobs.length,
    tokenIds: tokenIdsOf(setup, answer.text, finish),
    logprobs: answer.logprobs,
    finish,
    reuse: reuseOf(prompt, isBlended, reply?.cachedTokens),
    ribbon: prompt.ribbon,
    hitChunkIds: [],
    missedChunkIds: [],
    timingsMs: {
      queue: 0,
      kvLoad: 0,
      selection: 0,
      // All that happens before the first token happens there, and is not told apart.
      recompute: firstToken,
      sample: 0,
      firstToken,
      total,
    },
  };
}

/**
 * The exact mode has no separators: the server then finds nothing to blend. Nor where it would cut in wrong places, or
 * where the separators are what does not fit.
 */
function promptOf(
  { template, separatorIds: separator, maxPositions }: Setup,
  request: GenerateRequest,
): { prompt: RemotePrompt; isBlended: boolean } {
  const segments = segmentsOf(template, request);
  const isFull = request.budget ? request.budget.policy === 'full' : request.mode === 'exact';
  const mayBlend =
    !isFull &&
    segments.some(({ chunkId }) => chunkId !== null) &&
    isCutRightly(segments, separator);
  const blended = mayBlend ? layOut(segments, separator) : undefined;
  if (blended && blended.ids.length + request.maxTokens <= maxPositions)
    return { prompt: blended, isBlended: true };
  return { prompt: layOut(segments, new Int32Array(0)), isBlended: false };
}

/** Undefined if it was cancelled: what came before stays in `answer`. */
async function complete(
  { remote }: Setup,
  request: GenerateRequest,
  asked: { prompt: RemotePrompt; isBlended: boolean; signal: AbortSignal | undefined },
  answer: Answer,
): Promise<CompletionReply | undefined> {
  const { signal, prompt, isBlended } = asked;
  if (signal?.aborted) throw new CancelledError();
  try {
    return await remote.complete(
      {
        promptIds: prompt.ids,
        maxTokens: request.maxTokens,
        sampling: request.sampling,
        stop: request.stop,
        serverFields: { kv_transfer_params: cacheFields(request.workspaceSalt, isBlended) },
        signal,
      },
      (piece) => answer.add(piece),
    );
  } catch (error) {
    if (!signal?.aborted) throw error;
    return undefined;
  }
}

/**
 * What LMCache reads of a request: a tag is part of its keys, so that one workspace never gets KV that was computed
 * among another's passages. A prompt in one piece is not worth keeping.
 */
function cacheFields(workspaceSalt: string, isBlended: boolean): Readonly<Record<string, unknown>> {
  const tag = createHash('sha256').update(`lmcache-tag:${workspaceSalt}`).digest('hex');
  return {
    'lmcache.tag.workspace': tag.slice(0, 32),
    ...(!isBlended && { 'lmcache.skip_save': true }),
  };
}

/** What was written so far; tells each token. */
class Answer {
  text = '';
  readonly logprobs: number[] = [];
  firstAt: number | undefined;
  readonly #onEvent: (event: GenerateEvent) => void;

  constructor(onEvent: (event: GenerateEvent) => void) {
    this.#onEvent = onEvent;
  }

  /** A piece of several tokens is told as that many events, the text with the last. */
  add({ text, logprobs = [] }: CompletionPiece): void {
    const last = this.logprobs.at(-1);
    // Text that was held back, for what might have been a stop string, comes without a token of its own.
    const told = logprobs.length > 0 || last === undefined ? logprobs : [last];
    if (told.length === 0) throw noLogprobs();
    this.firstAt ??= performance.now();
    this.text += text;
    for (const [i, logprob] of told.entries()) {
      this.logprobs.push(logprob);
      this.#onEvent({ type: 'text', delta: i === told.length - 1 ? text : '', logprob });
    }
  }
}

/** An end for another reason (vLLM: `abort`) is no end of the answer either. */
function finishOf(reply: CompletionReply | undefined): GenerateResult['finish'] {
  if (!reply) return 'cancelled';
  return reply.finish === 'stop' ? 'stop' : 'length';
}

/**
 * The server tells text, not ids: these are the text's own, and the end token that the template sets behind a turn. They
 * only serve as the beginning of a later turn's prompt.
 */
function tokenIdsOf(
  { tokenizer, template }: Setup,
  text: string,
  finish: GenerateResult['finish'],
): number[] {
  const ids = tokenizer.encode(text);
  return finish === 'stop' ? [...ids, template.betweenIds?.[0] ?? 0] : ids;
}

/** How many tokens the server took from its cache is known afterwards only, and only if it says so. */
function reuseOf(
  { ids }: RemotePrompt,
  isBlended: boolean,
  cachedTokens: number | undefined,
): Reuse {
  const cached = Math.min(cachedTokens ?? 0, ids.length);
  return {
    promptTokens: ids.length,
    cachedTokens: cached,
    keptTokens: 0,
    recomputedTokens: 0,
    freshTokens: ids.length - cached,
    // CacheBlend's choice of tokens.
    policy: isBlended ? 'deviation' : 'full',
    cacheHits: 0,
    cacheMisses: 0,
  };
}

function refuseTooLong(
  { ids }: RemotePrompt,
  { maxTokens }: GenerateRequest,
  { maxPositions }: Setup,
): void {
  if (ids.length + maxTokens > maxPositions)
    throw new PromptTooLongError(ids.length, maxTokens, maxPositions);
}

function formatError(): BlendLayoutError {
  return new BlendLayoutError('The remote reader cannot be held to a form', {
    fix: 'Ask without a format, or use the engine here.',
  });
}

function noLogprobs(): RemoteModelError {
  return new RemoteModelError(
    'The model server tells no probabilities of its tokens, by which answers are judged',
    {
      fix: 'Use a server whose /completions gives "logprobs", as that of vLLM does.',
      isTransient: false,
    },
  );
}
