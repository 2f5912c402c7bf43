/**
 * Answers while they are made: numbered events that any number of listeners can follow from any point,
 * cancellation, and the finished answer stored so that it can be read again.
 */
import { randomUUID } from 'node:crypto';
import {
  answer as answerQuestion,
  linkPaths,
  outlastGraph,
  type AnswerEvent as Progress,
  type AnswerOutcome,
  type RetrievalParts,
} from '../retrieval/index.ts';
import type { Logger } from 'pino';
import { CancelledError } from '../engine/index.ts';
import type { ConversationStore } from '../graph/index.ts';
import type { Answer, AnswerEvent, AnswerRequest } from './contract/index.ts';
import { addTurn, conversationIsBusy, conversationOf, earlierTurns } from './conversations.ts';
import { HttpError, problemOf } from './problems.ts';
import { searchFilterOf } from './search-filter.ts';
import {
  citationView,
  contextView,
  documentLookup,
  pathView,
  reuseView,
  ribbonView,
  sentenceIn,
  timingsView,
  withSentences,
  type DocumentLookup,
} from './views/answers.ts';

type Unnumbered<T> = T extends unknown ? Omit<T, 'sequence_number'> : never;
type NewEvent = Unnumbered<AnswerEvent>;

/** A listener that went away may come back (a reloaded page): this long the answer goes on without one. */
const ALONE_MS = 1500;

/** So long, and so many, ended answers keep their events: who lost the connection goes on where it broke off. */
const ENDED_MS = 60_000;
const MAX_ENDED = 64;

/** Each open answer holds its context in memory and waits for the one engine. */
const MAX_OPEN = 32;

export class LiveAnswer {
  readonly id: string;
  readonly workspaceId: string;
  readonly conversationId: string | undefined;
  readonly events: AnswerEvent[] = [];
  readonly #listeners = new Set<(event: AnswerEvent) => void>();
  readonly #stop = new AbortController();
  #aloneTimer: NodeJS.Timeout | undefined;

  constructor(id: string, workspaceId: string, conversationId?: string) {
    this.id = id;
    this.workspaceId = workspaceId;
    this.conversationId = conversationId;
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  get ended(): boolean {
    const last = this.events.at(-1)?.type;
    return (
      last === 'answer.completed' ||
      last === 'answer.incomplete' ||
      last === 'answer.cancelled' ||
      last === 'answer.failed'
    );
  }

  cancel(): void {
    this.#stop.abort(new CancelledError());
  }

  add(event: NewEvent): void {
    const numbered = { ...event, sequence_number: this.events.length + 1 };
    this.events.push(numbered);
    for (const listener of this.#listeners) listener(numbered);
  }

  /** Events after `startingAfter`, those to come included. Returns how to stop listening. */
  follow(startingAfter: number, listener: (event: AnswerEvent) => void): () => void {
    clearTimeout(this.#aloneTimer);
    for (const event of this.events.slice(startingAfter)) listener(event);
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0 || this.ended) return;
      this.#aloneTimer = setTimeout(() => this.cancel(), ALONE_MS);
    };
  }
}

export interface LiveAnswersOptions {
  /** How long what a conversation has read is kept for its next question, milliseconds. */
  readonly keepMs: number;
}

export class LiveAnswers {
  readonly #parts: RetrievalParts & { readonly conversations: ConversationStore };
  readonly #log: Pick<Logger, 'error'>;
  readonly #live = new Map<string, { live: LiveAnswer; done: Promise<Answer> }>();
  /** Oldest first. */
  readonly #ended = new Map<string, { live: LiveAnswer; timer: NodeJS.Timeout }>();
  readonly #keepMs: number;

  constructor(
    parts: RetrievalParts & { readonly conversations: ConversationStore },
    log: Pick<Logger, 'error'>,
    { keepMs }: LiveAnswersOptions,
  ) {
    this.#parts = parts;
    this.#log = log;
    this.#keepMs = keepMs;
  }

  /**
   * Throws HttpError: 503 while too many answers are open, 404 for an unknown conversation, 409 for one with an
   * open answer. `done` is never rejected unhandled.
   */
  start(workspaceId: string, request: AnswerRequest): { live: LiveAnswer; done: Promise<Answer> } {
    if (this.#live.size >= MAX_OPEN) throw tooManyAnswers();
    const { conversation_id: conversationId } = request;
    if (conversationId !== undefined) this.#requireIdle(workspaceId, conversationId);
    const live = new LiveAnswer(
      `ans_${randomUUID().replaceAll('-', '').slice(0, 20)}`,
      workspaceId,
      conversationId,
    );
    const done = this.#run(live, request).finally(() => {
      this.#live.delete(live.id);
      this.#keepEnded(live);
    });
    // A streamed answer has nobody who waits for `done`.
    done.catch(() => undefined);
    const entry = { live, done };
    this.#live.set(live.id, entry);
    return entry;
  }

  get(id: string): LiveAnswer | undefined {
    return this.#live.get(id)?.live;
  }

  /** An answer that ended a short while ago, with all its events. */
  ended(id: string): LiveAnswer | undefined {
    return this.#ended.get(id)?.live;
  }

  get open(): number {
    return this.#live.size;
  }

  /** Stops all and waits until what they have so far is stored. */
  async close(): Promise<void> {
    await this.#cancelAll([...this.#live.values()]);
    for (const id of this.#ended.keys()) this.#forget(id);
  }

  /** The same for one workspace: what is stored later would have nothing to belong to. */
  async cancelOfWorkspace(workspaceId: string): Promise<void> {
    const all = [...this.#live.values()];
    await this.#cancelAll(all.filter(({ live }) => live.workspaceId === workspaceId));
    for (const [id, { live }] of this.#ended) {
      if (live.workspaceId === workspaceId) this.#forget(id);
    }
  }

  #keepEnded(live: LiveAnswer): void {
    const timer = setTimeout(() => this.#forget(live.id), ENDED_MS).unref();
    this.#ended.set(live.id, { live, timer });
    const [oldest] = this.#ended.keys();
    if (this.#ended.size > MAX_ENDED && oldest !== undefined) this.#forget(oldest);
  }

  #forget(id: string): void {
    clearTimeout(this.#ended.get(id)?.timer);
    this.#ended.delete(id);
  }

  async #cancelAll(open: readonly { live: LiveAnswer; done: Promise<Answer> }[]): Promise<void> {
    for (const { live } of open) live.cancel();
    await Promise.allSettled(open.map(({ done }) => done));
  }

  #requireIdle(workspaceId: string, conversationId: string): void {
    conversationOf(this.#parts, workspaceId, conversationId);
    const open = [...this.#live.values()];
    if (open.some(({ live }) => live.conversationId === conversationId)) {
      throw conversationIsBusy(conversationId);
    }
  }

  async #run(live: LiveAnswer, request: AnswerRequest): Promise<Answer> {
    const { corpus, engine } = this.#parts;
    const documents = documentLookup(corpus, live.workspaceId);
    let current = emptyAnswer(live, request, engine.info.reader.name);
    const store = (final: Answer): void => {
      corpus.putAnswer({
        id: live.id,
        workspaceId: live.workspaceId,
        question: request.question,
        body: JSON.stringify(final),
        createdAt: final.created_at,
      });
    };
    const asked = performance.now();
    live.add({ type: 'answer.created', answer: current });
    let written = '';
    const { parts, lacking } = outlastGraph(this.#parts);
    try {
      const outcome = await answerQuestion(
        parts,
        {
          workspaceId: live.workspaceId,
          question: request.question,
          mode: request.mode,
          maxTokens: request.max_tokens,
          ...(request.first_token_within_ms !== undefined && {
            firstTokenBy: asked + request.first_token_within_ms,
          }),
          filter: searchFilterOf(request),
          // Without a conversation too: one may be begun from the answer.
          conversation: live.conversationId
            ? { turns: earlierTurns(this.#parts, live.conversationId), keepMs: this.#keepMs }
            : { turns: [], keepMs: 0 },
        },
        {
          signal: live.signal,
          onEvent: (event) => {
            if (event.type === 'text') written += event.delta;
            const shown = this.#show(event, live.workspaceId, documents);
            current = withEvent(current, shown);
            live.add(shown);
          },
        },
      );
      const missed = lacking();
      const final = {
        ...this.#finish(current, outcome, written, documents),
        ...(outcome.wholeCorpus && { whole_corpus: true as const }),
        ...(missed.length > 0 && { degraded: missed }),
      };
      store(final);
      if (live.conversationId) {
        const { tokenizerFingerprint } = engine.info.reader;
        addTurn(this.#parts, live.conversationId, final, outcome, tokenizerFingerprint);
      }
      live.add({ type: endEvent(final), answer: final } as NewEvent);
      return final;
    } catch (error) {
      return this.#fail(live, current, written, error, store);
    }
  }

  #finish(
    started: Answer,
    outcome: AnswerOutcome,
    written: string,
    documents: DocumentLookup,
  ): Answer {
    const { workspace_id: workspaceId } = started;
    const cancelled = outcome.finish === 'cancelled';
    return {
      ...started,
      status: cancelled
        ? 'cancelled'
        : outcome.finish === 'length' && outcome.kind === 'generated'
          ? 'incomplete'
          : 'completed',
      kind: cancelled ? 'generated' : outcome.kind,
      text: cancelled ? written : outcome.text,
      confidence: outcome.confidence,
      citations: outcome.citations.map((citation) => citationView(citation, documents)),
      paths: this.#paths(outcome.paths, workspaceId, documents),
      context: contextView(outcome.context, outcome.cachedChunkIds, documents),
      reuse: outcome.reuse ? reuseView(outcome.reuse) : null,
      ribbon: ribbonView(outcome.ribbon),
      timings_ms: outcome.timings ? timingsView(outcome.timings) : null,
      reader_text: outcome.readerText,
    };
  }

  /** Listeners always get their last event, even where nothing can be stored any more. */
  #fail(
    live: LiveAnswer,
    started: Answer,
    written: string,
    error: unknown,
    store: (final: Answer) => void,
  ): Answer {
    const final = this.#failed(live, { ...started, text: written }, error);
    try {
      store(final);
    } catch (cause) {
      this.#log.error({ err: cause, answerId: live.id }, 'an answer could not be stored');
    }
    if (final.error) live.add({ type: 'answer.failed', answer: final, error: final.error });
    else live.add({ type: 'answer.cancelled', answer: final });
    return final;
  }

  #failed(live: LiveAnswer, soFar: Answer, error: unknown): Answer {
    if (error instanceof CancelledError) return { ...soFar, status: 'cancelled' };
    const problem = problemOf(error, live.id);
    if (problem.status >= 500) {
      this.#log.error({ err: error, answerId: live.id }, 'an answer failed');
    }
    return { ...soFar, status: 'failed', error: problem };
  }

  #show(event: Progress, workspaceId: string, documents: DocumentLookup): NewEvent {
    switch (event.type) {
      case 'stage':
        return { type: 'answer.stage', stage: event.stage };
      case 'retrieval':
        return {
          type: 'answer.retrieval',
          context: contextView(event.context, this.#cached(event.context), documents),
          paths: linkPaths(event.context).map((path) => pathView(path, documents)),
        };
      case 'kv_plan':
        return {
          type: 'answer.kv_plan',
          reuse: reuseView({ ...event.reuse, answerTokens: 0 }),
          ribbon: ribbonView(event.ribbon),
        };
      case 'text':
        return { type: 'answer.text.delta', delta: event.delta };
      case 'replaced':
        return { type: 'answer.text.replaced', text: event.text, kind: event.kind };
      case 'citation':
        return { type: 'answer.citation.added', citation: citationView(event.citation, documents) };
      default:
        return event satisfies never;
    }
  }

  #cached(context: AnswerOutcome['context']): Set<string> {
    const ids = context.map(({ chunk }) => chunk.id);
    return new Set(this.#parts.corpus.chunkKv(ids).keys());
  }

  #paths(
    paths: AnswerOutcome['paths'],
    workspaceId: string,
    documents: DocumentLookup,
  ): Answer['paths'] {
    const views = paths.map((path) => pathView(path, documents));
    const steps = views.flatMap((path) => path.steps);
    const ids = new Set(steps.flatMap(({ chunk_id: id }) => id ?? []));
    const found = this.#parts.corpus.chunks(workspaceId, [...ids]);
    const chunks = new Map(found.map((chunk) => [chunk.id, chunk]));
    return views.map((path) =>
      withSentences(path, (chunkId, span) => sentenceIn(chunks.get(chunkId), span)),
    );
  }
}

/** What has been shown so far belongs to an answer that is cancelled or fails. */
function withEvent(answer: Answer, event: NewEvent): Answer {
  if (event.type === 'answer.retrieval') return { ...answer, context: event.context };
  if (event.type === 'answer.kv_plan')
    return { ...answer, reuse: event.reuse, ribbon: event.ribbon };
  return answer;
}

function tooManyAnswers(): HttpError {
  return new HttpError(
    503,
    'too_many_answers',
    `${MAX_OPEN} answers are being made already`,
    'Wait until some have ended, then ask again.',
  );
}

function endEvent(answer: Answer): AnswerEvent['type'] {
  if (answer.status === 'cancelled') return 'answer.cancelled';
  return answer.status === 'incomplete' ? 'answer.incomplete' : 'answer.completed';
}

function emptyAnswer(live: LiveAnswer, request: AnswerRequest, model: string): Answer {
  return {
    id: live.id,
    workspace_id: live.workspaceId,
    question: request.question,
    mode: request.mode,
    status: 'in_progress',
    kind: 'generated',
    text: '',
    confidence: 0,
    citations: [],
    paths: [],
    context: [],
    reuse: null,
    ribbon: [],
    timings_ms: null,
    reader_text: '',
    model,
    error: null,
    ...(live.conversationId && { conversation_id: live.conversationId }),
    created_at: new Date().toISOString(),
  };
}
