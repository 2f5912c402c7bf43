/** One answer: plan, KV of its chunks, blending, decoding, and what of it is kept. */
import {
  PRIORITY,
  type Admission,
  type DecoderRunner,
  type SequenceKv,
  type Serving,
  type Stepper,
  type Tokenizer,
  type WorkOptions,
} from '../../engine/index.ts';
import { blend, type BlendBudget, type BlendPart } from '../blender.ts';
import type { RawKv } from '../chunk-encoder.ts';
import type { KvCodec } from '../codecs/index.ts';
import { decode } from '../decode.ts';
import { PromptTooLongError } from '../errors.ts';
import type { Fidelity } from '../fidelity/fidelity.ts';
import { focusOfTokens, TokenSpans } from '../focus.ts';
import type { KvStore } from '../kv-store.ts';
import { DamagedChunkError } from '../layer-placing.ts';
import type { PromptTemplate } from '../prompt.ts';
import { promptKv, type PromptKv, type PromptKvParts } from '../prompt-kv.ts';
import { planPrompt, promptTokens, ribbon, type PromptPlan } from '../prompt-plan.ts';
import { countReuse, missedChunkIds, recomputedOf } from '../reuse.ts';
import type { CallContext } from '../rpc/server.ts';
import type {
  EngineStats,
  GenerateEvent,
  GenerateRequest,
  GenerateResult,
  PromptChunk,
} from '../service-types.ts';
import { Stopwatch } from '../stopwatch.ts';
import { behindVariant } from '../variants/behind.ts';
import { pairsOf, type StoredBehind, type VariantMaker } from '../variants/variant-maker.ts';
import type { OutputForms } from './forms.ts';
import type { KeptPrompt, KeptPrompts } from './kept-prompts.ts';
import type { ChunkStoring } from './storing.ts';

type Watch = Stopwatch<BlendPart | 'decode'>;

export interface AnsweringParts {
  readonly runner: DecoderRunner;
  readonly tokenizer: Tokenizer;
  readonly store: KvStore;
  readonly codec: KvCodec;
  readonly template: PromptTemplate;
  readonly prefix: RawKv;
  readonly serving: Serving;
  readonly fidelity: Fidelity;
  readonly storing: ChunkStoring;
  readonly forms: OutputForms;
  readonly kept: KeptPrompts;
  /** Undefined where chunks are stored plain only. */
  readonly variants: VariantMaker | undefined;
}

interface Asked {
  readonly request: GenerateRequest;
  readonly budget: BlendBudget;
  readonly found: KeptPrompt;
  readonly admission: Admission;
}

/** How one answer does its work between that of others. */
/** Damaged chunks that one answer puts up with. */
const MOST_DAMAGED = 8;

interface InTurns {
  readonly runner: DecoderRunner;
  readonly codec: KvCodec;
  readonly prefix: RawKv;
  readonly serving: Serving;
  readonly work: WorkOptions;
  readonly turn: <T>(slice: () => T) => Promise<T>;
  readonly step: Stepper;
  readonly lap: (part: BlendPart | 'decode') => void;
  readonly isCancelled: () => boolean;
}

export class Answering {
  readonly #parts: AnsweringParts;
  readonly #spans: TokenSpans;
  #variantsUsed = 0;

  constructor(parts: AnsweringParts) {
    this.#parts = parts;
    this.#spans = new TokenSpans(parts.tokenizer);
  }

  /** Throws PromptTooLongError, and CancelledError before the first token; later the text so far is kept. */
  async generate(request: GenerateRequest, call: CallContext): Promise<GenerateResult> {
    const watch: Watch = new Stopwatch();
    const plan = this.#plan(request);
    const { runner, storing, kept, serving, store } = this.#parts;
    const capacity = plan.length + request.maxTokens;
    const limit = runner.config.maxPositions;
    if (capacity > limit) throw new PromptTooLongError(plan.length, request.maxTokens, limit);
    const budget = this.#parts.fidelity.budget(request);
    const found = kept.find(plan, request, budget);
    try {
      const admission = serving.admit({
        prefillTokens: expectedRows(found.plan, budget, (key) => store.has(key)),
        firstTokenWithinMs: request.firstTokenWithinMs,
      });
      try {
        return await this.#answer({ request, budget, found, admission }, call, watch);
      } finally {
        admission.ended();
      }
    } finally {
      found.release();
      storing.writeFetched();
    }
  }

  /**
   * What is stored may turn out to be damaged while it is used. It is gone then: the next try computes it. Should even
   * that not help, nothing stored is used.
   */
  async #answer(asked: Asked, call: CallContext, watch: Watch): Promise<GenerateResult> {
    for (let tries = 0; tries <= MOST_DAMAGED; tries++) {
      try {
        return await this.#tryAnswer(asked, call, watch);
      } catch (error) {
        if (!(error instanceof DamagedChunkError)) throw error;
        watch.lap('kv_load');
      }
    }
    return this.#tryAnswer({ ...asked, budget: { policy: 'full', share: 1 } }, call, watch);
  }

  /** Memory for the prompt is asked for last: who holds some must not wait for more. Throws DamagedChunkError. */
  async #tryAnswer(asked: Asked, call: CallContext, watch: Watch): Promise<GenerateResult> {
    const { serving } = this.#parts;
    const { budget, found, request } = asked;
    const parts = this.#turns(call, watch);
    const chunkKv = await this.#promptKv(found.plan, budget, parts);
    const capacity = found.plan.length + request.maxTokens;
    const sequence = await serving.newSequence(capacity, parts.work);
    try {
      return await this.#generateInto(sequence, asked, chunkKv, { ...parts, call, watch });
    } finally {
      sequence.release();
    }
  }

  #turns({ isCancelled }: CallContext, watch: Watch): InTurns {
    const { runner, codec, prefix, serving } = this.#parts;
    const work = { priority: PRIORITY.answer, isCancelled };
    return {
      runner,
      codec,
      prefix,
      serving,
      work,
      turn: (slice) => serving.take(work.priority, slice, isCancelled),
      step: (rows, hooks) => serving.step(rows, { ...work, ...hooks }),
      lap: (part) => watch.lap(part),
      isCancelled,
    };
  }

  async #generateInto(
    sequence: SequenceKv,
    { request, budget, found, admission }: Asked,
    { kv, hits, made }: PromptKv,
    parts: InTurns & { readonly call: CallContext; readonly watch: Watch },
  ): Promise<GenerateResult> {
    const { runner, tokenizer, serving, fidelity, storing, forms } = this.#parts;
    const { call, watch, work, lap, isCancelled } = parts;
    const { plan, place: placeKept } = found;
    const source = { open: (key: string) => kv.get(key) };
    const blended = await blend(sequence, { ...parts, plan, budget, source, placeKept });
    admission.started();
    storing.storeLater(made);
    this.#variantsUsed += plan.chunks.filter(({ behind }, i) => behind && hits.has(i)).length;
    const used = { hits, recomputed: recomputedOf(plan, hits, blended.recomputed) };
    const reuse = countReuse(plan, used, budget);
    const runs = ribbon(plan, hits, used.recomputed);
    const emit = (event: GenerateEvent): void => call.emit(event);
    emit({ type: 'plan', reuse, ribbon: runs });
    const written = await decode(sequence, {
      runner,
      tokenizer,
      promptTokens: plan.length,
      logits: blended.logits,
      maxTokens: request.maxTokens,
      sampling: request.sampling,
      history: request.sampling && promptTokens(plan),
      stop: request.stop,
      topLogprobs: request.topLogprobs,
      step: (rows) => serving.step(rows, { priority: work.priority }),
      lap,
      emit,
      isCancelled,
      constraint: request.format && forms.begin(request.format, request.maxTokens),
    });
    const { tokenIds } = written;
    found.keep(sequence, tokenIds);
    storing.pinLater(plan.chunks, request.conversation?.keepMs ?? 0);
    fidelity.consider(request, { plan, logits: blended.logits, tokenIds });
    return {
      ...written,
      reuse,
      ribbon: runs,
      hitChunkIds: plan.chunks.filter((_, i) => hits.has(i)).map(({ id }) => id),
      missedChunkIds: missedChunkIds(plan, used, budget),
      timingsMs: timings(watch),
    };
  }

  variantStats(): EngineStats['variants'] {
    const none = { tried: 0, stored: 0, gain: undefined };
    return { ...(this.#parts.variants?.stats() ?? none), used: this.#variantsUsed };
  }

  /** See EngineClient.storeBehind. */
  async storeBehind(
    request: GenerateRequest,
    { isCancelled }: CallContext,
  ): Promise<StoredBehind[]> {
    const { variants, storing, fidelity } = this.#parts;
    const { workspaceSalt: salt } = request;
    const budget = fidelity.budget(request);
    if (!variants || budget.policy === 'full') return [];
    const plan = this.#plan({ ...request, conversation: undefined });
    const dependsOn = new Map(
      request.chunks.flatMap(({ id, dependsOn: on }) => (on === undefined ? [] : [[id, on]])),
    );
    const pairs = pairsOf(plan.chunks, dependsOn, (chunk, context) =>
      storing.key(chunk.ids, salt, behindVariant(context.ids)),
    );
    return variants.consider(plan, pairs, budget, isCancelled);
  }

  /** Nothing where the answer shall be exact: it must not depend on what happens to be cached. */
  async #promptKv(
    plan: PromptPlan,
    budget: BlendBudget,
    parts: Omit<PromptKvParts, 'store' | 'noteComputed'>,
  ): Promise<PromptKv> {
    if (budget.policy === 'full') return { kv: new Map(), hits: new Set(), made: new Map() };
    const { store, storing } = this.#parts;
    await storing.fetch(plan.chunks);
    const noteComputed = (tokens: number, ms: number): void => store.noteComputed(tokens, ms);
    return promptKv(plan, { ...parts, store, noteComputed });
  }

  #plan({ conversation, chunks, question, workspaceSalt }: GenerateRequest): PromptPlan {
    const { template } = this.#parts;
    const planned = (each: readonly PromptChunk[]) =>
      this.#withVariants(this.#planned(each, workspaceSalt), workspaceSalt);
    const { betweenIds } = template;
    // Where the template does not let a conversation go on, each question stands alone.
    const turns = betweenIds ? (conversation?.turns ?? []) : [];
    const earlier = turns.map((turn) => {
      const asked = template.suffixIds(turn.question);
      return {
        chunks: planned(turn.chunks.map((chunk) => ({ ...chunk, focus: [] }))),
        spokenIds: Int32Array.of(...asked, ...turn.answerIds, ...betweenIds!),
        asked: asked.length,
        answered: turn.answerIds.length,
      };
    });
    return planPrompt(template.prefixIds, planned(chunks), template.suffixIds(question), earlier);
  }

  /** Takes KV that was computed behind the nearest chunk in front of it, where such is stored. */
  #withVariants<T extends { readonly ids: Int32Array }>(
    chunks: readonly T[],
    salt: string,
  ): readonly (T & { readonly behind?: string })[] {
    const { variants, store, storing } = this.#parts;
    if (!variants) return chunks;
    return chunks.map((chunk, i) => {
      const behind = chunks
        .slice(0, i)
        .toReversed()
        .map(({ ids }) => storing.key(chunk.ids, salt, behindVariant(ids)))
        .find((key) => store.has(key));
      return behind ? { ...chunk, behind } : chunk;
    });
  }

  #planned(chunks: readonly PromptChunk[], workspaceSalt: string) {
    return chunks
      .filter((chunk) => chunk.ids.length > 0)
      .map((chunk) => ({
        id: chunk.id,
        key: this.#parts.storing.key(chunk.ids, workspaceSalt),
        ids: chunk.ids,
        focus: focusOfTokens(this.#spans, chunk.ids, chunk.focus),
      }));
  }
}

/** Rows until the first token, as far as they can be told before. */
function expectedRows(
  { kept, length, chunks }: PromptPlan,
  { policy, share }: BlendBudget,
  isStored: (key: string) => boolean,
): number {
  if (policy === 'full') return length - kept;
  const cached = chunks.filter(({ start, key }) => start >= kept && isStored(key));
  const spared = cached.reduce((sum, { ids }) => sum + ids.length * (1 - share), 0);
  return Math.round(length - kept - spared);
}

function timings(watch: Watch): GenerateResult['timingsMs'] {
  const parts = {
    queue: watch.of('queue'),
    kvLoad: watch.of('kv_load'),
    selection: watch.of('selection'),
    recompute: watch.of('recompute'),
    sample: watch.of('sample'),
  };
  const firstToken = Object.values(parts).reduce((a, b) => a + b, 0);
  return { ...parts, firstToken, total: watch.total };
}
