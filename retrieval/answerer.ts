/** Question -> retrieval -> prompt plan -> blended generation -> judged, cited answer. */
import { Stopwatch, type GenerateResult, type Reuse } from '../cache/index.ts';
import { CancelledError } from '../engine/index.ts';
import { NotFoundError, type Fact, type Mention } from '../graph/index.ts';
import type {
  AnswerEvent,
  AnswerOutcome,
  AnswerRequest,
  AnswerTimings,
  Citation,
} from './answer-types.ts';
import { earlierCandidate, historyOf, tokensOfChunks, type History } from './conversation.ts';
import { embedQuestion } from './embed-question.ts';
import { evidenceChains, likelyAnswer } from './chain.ts';
import { evidenceOf } from './evidence.ts';
import { analyseFollowUp, standaloneQuestion } from './follow-up.ts';
import { focusRanges } from './focus-ranges.ts';
import { evidencePath } from './paths.ts';
import { prefetch } from './prefetch.ts';
import type { Question } from './question.ts';
import { search } from './search.ts';
import { selectContext, type ContextBudget } from './select.ts';
import { evidencePool } from './sentences.ts';
import type { Candidate, RetrievalParts, SearchResult } from './types.ts';
import { wholeCorpus } from './whole-corpus.ts';
import { confidenceOf, isSure, judge, mayAbstain, type Verdict } from './verdict.ts';

const CANDIDATES = 20;
const CONTEXT: ContextBudget = { tokens: 1536, chunks: 8 };
/** A follow-up brings what is new only: the passages of the turns before are still there. */
const FOLLOW_UP_CONTEXT: ContextBudget = { tokens: 768, chunks: 4 };
/** What the fast mode may have to compute at most. */
const FAST_COMPUTED_TOKENS = 768;

type Part = 'embed' | 'retrieval' | 'plan' | 'engine' | 'after';

interface AnswerContext {
  readonly found: SearchResult;
  /** Passages of this turn. */
  readonly chosen: readonly Candidate[];
  /** They are all that may be searched. */
  readonly isWhole: boolean;
  /** All that the reader knows of, those of earlier turns first. */
  readonly known: readonly Candidate[];
  readonly history: History;
  readonly mentions: readonly Mention[];
  readonly facts: readonly Fact[];
}

export interface AnswerOptions {
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: AnswerEvent) => void;
}

/** Throws CancelledError if cancelled before the first token; later the text so far is kept. */
export async function answer(
  parts: RetrievalParts,
  request: AnswerRequest,
  options: AnswerOptions = {},
): Promise<AnswerOutcome> {
  const emit = options.onEvent ?? (() => undefined);
  const watch = new Stopwatch<Part>();
  emit({ type: 'stage', stage: 'embed' });
  const { workspaceId } = request;
  const text = standaloneQuestion(request.question, request.conversation?.turns ?? []);
  const asked = await embedQuestion(parts, workspaceId, text, {
    filter: request.filter,
    signal: options.signal,
  });
  watch.lap('embed');
  emit({ type: 'stage', stage: 'retrieve' });
  const context = await retrieve(
    asked.parts,
    request,
    asked.question,
    asked.vector,
    options.signal,
  );
  watch.lap('retrieval');
  emit({ type: 'retrieval', result: context.found, context: context.known });
  if (context.known.length === 0) return nothingFound();
  emit({ type: 'stage', stage: 'plan' });
  const prompt = await plan(parts, request, context);
  watch.lap('plan');
  emit({ type: 'stage', stage: 'load' });
  const { result, firstTokenAt } = await generate(parts, request, prompt, options, emit, watch);
  if (options.signal?.aborted && result.tokens === 0) throw new CancelledError();
  emit({ type: 'stage', stage: 'cite' });
  const outcome = conclude(
    analyseFollowUp(request.question, asked.question),
    context,
    result,
    emit,
  );
  watch.lap('after');
  storeMissed(parts, result, prompt);
  storeBehind(parts, prompt);
  return {
    ...outcome,
    ...(context.isWhole && { wholeCorpus: true }),
    timings: timings(watch, result, firstTokenAt),
  };
}

async function retrieve(
  parts: RetrievalParts,
  request: AnswerRequest,
  question: string,
  vector: Float32Array,
  signal: AbortSignal | undefined,
): Promise<AnswerContext> {
  const { workspaceId, filter, conversation } = request;
  const history = await historyOf(parts, workspaceId, conversation?.turns ?? [], filter);
  const ahead = prefetch(parts, workspaceId, 2 * CONTEXT.tokens);
  const found = await search(
    parts,
    { workspaceId, question, limit: CANDIDATES, filter, signal, onCandidates: ahead.offer },
    vector,
  ).finally(ahead.stop);
  const earlier = new Map(history.chunks.map((chunk) => [chunk.id, earlierCandidate(chunk)]));
  const fresh = found.candidates.filter(({ chunk }) => !earlier.has(chunk.id));
  for (const each of found.candidates)
    if (earlier.has(each.chunk.id)) earlier.set(each.chunk.id, each);
  const { chosen, isWhole } = chooseContext(parts, request, found, fresh, history);
  const known = [...earlier.values(), ...chosen];
  const ids = known.map((each) => each.chunk.id);
  const [mentions, facts] = await Promise.all([
    parts.graph.mentionsOfChunks(workspaceId, ids),
    parts.graph.factsOfChunks(workspaceId, ids),
  ]);
  return { found, chosen, isWhole, known, history, mentions, facts };
}

function chooseContext(
  parts: RetrievalParts,
  request: AnswerRequest,
  found: SearchResult,
  fresh: readonly Candidate[],
  history: History,
): Pick<AnswerContext, 'chosen' | 'isWhole'> {
  const budget = contextBudget(parts, request, history);
  // Fewer candidates than were asked for: there may be no more to find.
  const whole =
    found.candidates.length > 0 && found.candidates.length < CANDIDATES
      ? wholeCorpus(parts.corpus, request, fresh, budget)
      : undefined;
  if (whole) {
    const earlier = new Set(history.chunks.map(({ id }) => id));
    return { chosen: whole.filter(({ chunk }) => !earlier.has(chunk.id)), isWhole: true };
  }
  const stored = parts.corpus.chunkKv(fresh.map(({ chunk }) => chunk.id));
  const options = { stored: new Set(stored.keys()), terms: parts.terms };
  return { chosen: selectContext(fresh, budget, options), isWhole: false };
}

/** What fits beside the prefix, the question and the answer; a character is taken for half a token. */
function contextBudget(
  { engine }: RetrievalParts,
  request: AnswerRequest,
  history: History,
): ContextBudget {
  const { maxPositions, prefixTokens } = engine.info.reader;
  const others = prefixTokens + Math.ceil(request.question.length / 2) + request.maxTokens;
  const context = history.turns.length > 0 ? FOLLOW_UP_CONTEXT : CONTEXT;
  return {
    ...context,
    tokens: Math.min(context.tokens, Math.max(0, maxPositions - others - history.tokens)),
    computedTokens: request.mode === 'fast' ? FAST_COMPUTED_TOKENS : undefined,
  };
}

type Prompt = Parameters<RetrievalParts['engine']['generate']>[0];

async function plan(
  parts: RetrievalParts,
  request: AnswerRequest,
  context: AnswerContext,
): Promise<Prompt> {
  const workspace = parts.corpus.workspace(request.workspaceId);
  if (!workspace) throw new NotFoundError('workspace', request.workspaceId);
  const chunks = context.chosen.map((each) => each.chunk);
  const tokens = await tokensOfChunks(parts, workspace.id, chunks);
  const named = new Set(context.found.entities.map((entity) => entity.id));
  const known = context.known.map((each) => each.chunk);
  const focus = focusRanges(known, context.mentions, context.facts, named);
  return {
    workspaceSalt: workspace.salt,
    chunks: context.chosen.map(({ chunk: { id }, via }) => ({
      id,
      ids: tokens.get(id)!,
      focus: focus.get(id) ?? [],
      dependsOn: via?.fromChunkId,
    })),
    question: request.question,
    mode: request.mode,
    budget: request.budget,
    maxTokens: request.maxTokens,
    ...(request.firstTokenBy !== undefined && {
      firstTokenWithinMs: Math.max(0, request.firstTokenBy - performance.now()),
    }),
    ...(request.conversation && {
      conversation: { turns: context.history.turns, keepMs: request.conversation.keepMs },
    }),
  };
}

async function generate(
  parts: RetrievalParts,
  request: AnswerRequest,
  prompt: Prompt,
  options: AnswerOptions,
  emit: (event: AnswerEvent) => void,
  watch: Stopwatch<Part>,
): Promise<{ result: GenerateResult; firstTokenAt: number }> {
  let firstTokenAt = 0;
  const logprobs: number[] = [];
  let written = '';
  let shown = 0;
  const result = await parts.engine.generate(prompt, {
    signal: options.signal,
    onEvent: (event) => {
      if (event.type === 'plan') {
        emit({ type: 'kv_plan', reuse: event.reuse, ribbon: event.ribbon });
        return emit({ type: 'stage', stage: 'generate' });
      }
      if (firstTokenAt === 0) {
        watch.lap('engine');
        firstTokenAt = watch.total;
      }
      logprobs.push(event.logprob);
      written += event.delta;
      // Words that may yet give way to a quotation are held back.
      const held = written.slice(shown);
      if (held && isSure(logprobs) && !mayAbstain(written)) {
        emit({ type: 'text', delta: held });
        shown = written.length;
      }
    },
  });
  watch.lap('after');
  return { result, firstTokenAt };
}

function conclude(
  question: Question,
  context: AnswerContext,
  result: GenerateResult,
  emit: (event: AnswerEvent) => void,
): Omit<AnswerOutcome, 'timings'> {
  const pool = evidencePool(context.known, context.mentions, context.facts);
  const reading = {
    text: result.text,
    logprobs: result.logprobs,
    finished: result.finish === 'stop',
  };
  const stopped = result.finish === 'cancelled';
  const verdict: Verdict = stopped
    ? { kind: 'none' }
    : judge(question, reading, evidenceChains(question, pool));
  const citations = cite(question, verdict);
  const text = textOf(verdict, citations);
  if (verdict.kind !== 'generated' && !stopped)
    emit({ type: 'replaced', kind: verdict.kind, text });
  for (const citation of citations) emit({ type: 'citation', citation });
  return {
    kind: verdict.kind,
    text,
    confidence: confidenceOf(result.logprobs),
    readerText: result.text,
    finish: result.finish,
    citations,
    paths:
      verdict.kind === 'none'
        ? []
        : [evidencePath(verdict.chain, citations, question, context.found)],
    context: context.known,
    cachedChunkIds: cachedOf(context, result),
    saidIds: verdict.kind === 'extractive' ? undefined : withoutEnd(result),
    reuse: withAnswer(result),
    ribbon: [...result.ribbon, { kind: 'answer', tokens: result.tokens, chunkId: null }],
  };
}

function cite(question: Question, verdict: Verdict): Citation[] {
  if (verdict.kind === 'none') return [];
  const answerSpan =
    verdict.kind === 'generated' && verdict.answerSpan
      ? verdict.answerSpan
      : likelyAnswer(question, verdict.chain);
  return evidenceOf(verdict.chain, answerSpan).map((piece, i) => ({ ...piece, index: i + 1 }));
}

function textOf(verdict: Verdict, citations: readonly Citation[]): string {
  if (verdict.kind === 'generated') return verdict.text;
  return citations.map((citation) => citation.text).join(' ');
}

/** Found in the cache, or kept from an earlier turn. */
function cachedOf({ known }: AnswerContext, result: GenerateResult): Set<string> {
  const kept = new Set(
    result.ribbon.filter(({ kind }) => kind === 'kept').map((run) => run.chunkId),
  );
  const hits = new Set(result.hitChunkIds);
  return new Set(known.map(({ chunk }) => chunk.id).filter((id) => hits.has(id) || kept.has(id)));
}

function withoutEnd({ tokenIds, finish }: GenerateResult): Int32Array {
  return Int32Array.from(finish === 'stop' ? tokenIds.slice(0, -1) : tokenIds);
}

function withAnswer(result: GenerateResult): Reuse & { answerTokens: number } {
  return { ...result.reuse, answerTokens: result.tokens };
}

/** Chunks whose cache was missing get one now, so that the next question finds it. */
function storeMissed(
  { engine, corpus }: RetrievalParts,
  result: GenerateResult,
  prompt: Prompt,
): void {
  const missed = new Set(result.missedChunkIds);
  const chunks = prompt.chunks.filter((chunk) => missed.has(chunk.id));
  if (chunks.length === 0) return;
  engine
    .precompute({ workspaceSalt: prompt.workspaceSalt, chunks })
    .then(({ keys }) => corpus.setChunkKv(keys))
    // Nobody waits for this; a failure only means that the next question computes the chunks again.
    .catch(() => undefined);
}

/** Chunks that keep standing before each other may be stored so; see EngineClient.storeBehind. */
function storeBehind({ engine, corpus }: RetrievalParts, prompt: Prompt): void {
  if (prompt.mode === 'exact' || prompt.budget) return;
  engine
    .storeBehind(prompt)
    .then((stored) => {
      for (const { chunkId, contextId, key } of stored) corpus.setKvBehind(chunkId, contextId, key);
    })
    // Nobody waits for this either.
    .catch(() => undefined);
}

function nothingFound(): AnswerOutcome {
  return {
    kind: 'none',
    text: '',
    confidence: 0,
    readerText: '',
    finish: 'stop',
    citations: [],
    paths: [],
    context: [],
    cachedChunkIds: new Set(),
    saidIds: undefined,
    reuse: undefined,
    ribbon: [],
    timings: undefined,
  };
}

function timings(
  watch: Stopwatch<Part>,
  result: GenerateResult,
  firstToken: number,
): AnswerTimings {
  const { kvLoad, selection, recompute, sample } = result.timingsMs;
  const before = watch.of('embed') + watch.of('retrieval') + watch.of('plan');
  const decodeMs = result.timingsMs.total - result.timingsMs.firstToken;
  return {
    embed: watch.of('embed'),
    retrieval: watch.of('retrieval'),
    plan: watch.of('plan'),
    // Waiting for the engine's turn, and the way there and back.
    queue: firstToken - before - kvLoad - selection - recompute - sample,
    kvLoad,
    selection,
    recompute,
    sample,
    firstToken,
    total: watch.total,
    tokensPerSecond: decodeMs > 0 ? ((result.logprobs.length - 1) / decodeMs) * 1000 : 0,
  };
}
