/**
 * The prompt that LMCache's blending takes: token ids with a separator between the prefix, each chunk and the question.
 * The server cuts a prompt where it finds the separator's ids and looks every piece up by its own ids, wherever it stands
 * (LMCache, `examples/blend_kv_v1`). It is told nothing else, so ids are joined and never text: text would be
 * tokenised otherwise at the seams, and no piece would be found again.
 */
import { EngineError, type CheckpointTokenizer } from '../../engine/index.ts';
import type { PromptTemplate } from '../prompt.ts';
import type { RibbonRun } from '../prompt-plan.ts';
import type { ChunkTokens, GenerateRequest } from '../service-types.ts';

/** What LMCache's own examples set as `LMCACHE_BLEND_SPECIAL_STR`. */
export const LMCACHE_SEPARATOR = ' # # ';

export class BlendLayoutError extends EngineError {
  override name = 'BlendLayoutError';
  override readonly code = 'blend_layout';
}

/**
 * The ids that the server looks for. LMCache encodes the separator with the special tokens of the model and drops the
 * first id, whatever it is: meant for the token that begins a sequence, it takes the first one of the separator where the
 * tokenizer (Qwen's, for one) puts nothing in front. Throws BlendLayoutError if nothing is left.
 */
export function separatorIds(tokenizer: CheckpointTokenizer, separator: string): Int32Array {
  const ids = tokenizer.encodeFramed(separator, Infinity).slice(1);
  if (ids.length > 0) return Int32Array.from(ids);
  throw new BlendLayoutError(
    `The separator ${JSON.stringify(separator)} is a single token for this tokenizer, expected two or more: LMCache drops the first`,
    {
      fix: 'Choose a longer separator, and set LMCACHE_BLEND_SPECIAL_STR of the server to the same.',
    },
  );
}

/** A part of the prompt that the server looks up as a whole. */
export interface Segment {
  readonly kind: 'prefix' | 'fresh' | 'question';
  readonly chunkId: string | null;
  readonly ids: Int32Array;
}

/** Prefix, then the passages and the words of each turn. */
export function segmentsOf(
  template: PromptTemplate,
  { chunks, question, conversation }: Pick<GenerateRequest, 'chunks' | 'question' | 'conversation'>,
): Segment[] {
  const passage = ({ id, ids }: ChunkTokens): Segment => ({ kind: 'fresh', chunkId: id, ids });
  const words = (ids: Int32Array): Segment => ({ kind: 'question', chunkId: null, ids });
  const { betweenIds, prefixIds } = template;
  // Where the template does not let a conversation go on, each question stands alone.
  const turns = betweenIds ? (conversation?.turns ?? []) : [];
  return [
    { kind: 'prefix', chunkId: null, ids: prefixIds },
    ...turns.flatMap((turn) => [
      ...turn.chunks.map(passage),
      words(Int32Array.of(...template.suffixIds(turn.question), ...turn.answerIds, ...betweenIds!)),
    ]),
    ...chunks.map(passage),
    words(template.suffixIds(question)),
  ];
}

/** A prompt, and how it is shown. */
export interface RemotePrompt {
  readonly ids: Int32Array;
  readonly ribbon: readonly RibbonRun[];
}

/** @param separator empty: the segments follow each other, and the server reads the prompt as one piece */
export function layOut(segments: readonly Segment[], separator: Int32Array): RemotePrompt {
  const runs = segments.flatMap(({ kind, chunkId, ids }, i): RibbonRun[] => [
    ...(i > 0 && separator.length > 0
      ? [{ kind: 'prefix' as const, tokens: separator.length, chunkId: null }]
      : []),
    { kind, tokens: ids.length, chunkId },
  ]);
  const ids = new Int32Array(runs.reduce((sum, { tokens }) => sum + tokens, 0));
  let at = 0;
  for (const [i, segment] of segments.entries()) {
    if (i > 0) ids.set(separator, at);
    if (i > 0) at += separator.length;
    ids.set(segment.ids, at);
    at += segment.ids.length;
  }
  return { ids, ribbon: runs.filter(({ tokens }) => tokens > 0) };
}

/**
 * Whether the server finds the separator between the segments and nowhere else. A passage may spell it, or end or begin
 * with a part of it; then it would be cut in the wrong places.
 */
export function isCutRightly(segments: readonly Segment[], separator: Int32Array): boolean {
  const { ids } = layOut(segments, separator);
  const found = Array.from(ids.keys()).filter((at) =>
    separator.every((id, offset) => ids[at + offset] === id),
  );
  return found.length === segments.length - 1;
}
