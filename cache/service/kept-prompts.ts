/**
 * Which rows of earlier prompts an answer goes on from, and which of its own stay for later ones.
 *
 * Full reads: all of a workspace share one space. Another prompt that begins alike takes the rows up to the last cut
 * of EXACT_BLOCK rows, and goes on in the same steps as a read from the start would: every number is the same. Only
 * where it goes on from an answer is that not so: decoded rows were computed one by one, which rounds otherwise in the
 * last bit or two (1e-5 of a logit).
 *
 * Blended reads: their rows depend on the question that they were blended for, so that nothing but the same
 * conversation may go on from them. Its first turn, passages and question, names the space.
 */
import { createHash } from 'node:crypto';
import type { SequenceKv } from '../../engine/index.ts';
import { EXACT_BLOCK, type BlendBudget } from '../blender.ts';
import { workspaceSpace } from '../key.ts';
import type { PrefixCache, PrefixSpace } from '../prefix/prefix-cache.ts';
import { promptTokens, type PromptPlan } from '../prompt-plan.ts';
import type { GenerateRequest } from '../service-types.ts';

export interface KeptPrompt {
  /** With the positions that need not be computed as `kept`. */
  readonly plan: PromptPlan;
  /** Puts their rows in place. */
  readonly place: ((sequence: SequenceKv) => void) | undefined;
  /** Keeps what the sequence holds now, behind the answer. To be called at most once. */
  keep(sequence: SequenceKv, answerIds: readonly number[]): void;
  /** To be called once, whatever happened. */
  release(): void;
}

/** What nothing is kept for, as the benches want it. */
function nothing(plan: PromptPlan): KeptPrompt {
  return { plan, place: undefined, keep: () => undefined, release: () => undefined };
}

export class KeptPrompts {
  readonly #cache: PrefixCache;
  readonly #now: () => number;

  constructor(cache: PrefixCache, now: () => number = Date.now) {
    this.#cache = cache;
    this.#now = now;
  }

  /** Throws WorkspaceSaltError. */
  find(plan: PromptPlan, request: GenerateRequest, budget: BlendBudget): KeptPrompt {
    const { conversation } = request;
    const isExact = budget.policy === 'full';
    // A set budget is a measurement: it shall not find what the one before has left.
    if (!conversation && (!isExact || request.budget)) return nothing(plan);
    const prefix = plan.prefixIds.length;
    const tokens = promptTokens(plan).subarray(prefix);
    const space = isExact ? exactSpace(request) : blendedSpace(plan, tokens, request);
    const lease = this.#cache.find(space, tokens);
    const found = Math.min(lease?.length ?? 0, tokens.length - 1);
    const rows = isExact ? usableExact(plan, found) : usableBlended(plan, found);
    this.#cache.note(rows);
    return {
      plan: { ...plan, kept: prefix + rows },
      place: lease && rows > 0 ? (to) => lease.place(to, prefix, rows) : undefined,
      keep: (sequence, answerIds) =>
        this.#keep({ plan, request, space, isExact }, sequence, answerIds),
      release: () => lease?.release(),
    };
  }

  #keep(
    { plan, request, space, isExact }: Asked,
    sequence: SequenceKv,
    answerIds: readonly number[],
  ): void {
    const prefix = plan.prefixIds.length;
    // The last token was written, but never read: it has no rows.
    const said = request.conversation ? answerIds.slice(0, -1) : [];
    const tokens = Int32Array.of(...promptTokens(plan).subarray(prefix), ...said);
    const count = isExact && !request.conversation ? toCut(tokens.length) : tokens.length;
    this.#cache.keep(space, tokens.subarray(0, count), sequence, prefix, {
      sources: plan.chunks.map(({ key }) => key),
      pinnedUntil: request.conversation ? this.#now() + request.conversation.keepMs : 0,
    });
  }
}

interface Asked {
  readonly plan: PromptPlan;
  readonly request: GenerateRequest;
  readonly space: PrefixSpace;
  readonly isExact: boolean;
}

function exactSpace({ workspaceSalt }: GenerateRequest): PrefixSpace {
  return { owner: workspaceSpace('', workspaceSalt), name: workspaceSpace('full', workspaceSalt) };
}

/** `tokens`: of the prompt behind the prefix. */
function blendedSpace(
  { prefixIds, spoken, length }: PromptPlan,
  tokens: Int32Array,
  { workspaceSalt, mode }: GenerateRequest,
): PrefixSpace {
  const first = spoken[0];
  const asked = (first ? first.start + first.asked : length) - prefixIds.length;
  const turn = tokens.slice(0, asked);
  const root = createHash('sha256').update(new Uint8Array(turn.buffer)).digest('hex');
  return {
    owner: workspaceSpace('', workspaceSalt),
    name: workspaceSpace(`${mode}:${root}`, workspaceSalt),
  };
}

/** Rows of earlier turns count to the last one, rows of this turn to the last cut. */
function usableExact({ turnStart, prefixIds }: PromptPlan, found: number): number {
  const earlier = turnStart - prefixIds.length;
  return found <= earlier ? found : Math.max(earlier, toCut(found));
}

/**
 * Whole turns: rows in front of a question were blended for that question. Of an answer all but its last token, which
 * an answer that was cut short has not read, or nothing: so the same turn goes on from the same rows each time.
 */
function usableBlended({ spoken, prefixIds }: PromptPlan, found: number): number {
  let usable = 0;
  for (const { start, asked, answered } of spoken) {
    const question = start + asked - prefixIds.length;
    const answer = question + Math.max(0, answered - 1);
    if (found >= question) usable = found >= answer ? answer : question;
    if (found < answer) break;
  }
  return usable;
}

function toCut(rows: number): number {
  return rows - (rows % EXACT_BLOCK);
}
