/** Gives each part of a question candidates of its own, so that the walk starts from all of them. */
import { firstRound, byScore, type FirstRound, type FirstRoundOptions } from './candidates.ts';
import type { Decomposition } from './decompose.ts';
import { analyseQuestion } from './question.ts';
import type { TermCache } from './term-weights.ts';
import type { Candidate, RetrievalParts } from './types.ts';

/** Chunks looked up for a part. */
const POOL = 10;
/** Chunks of a part that become candidates. */
const TAKEN = 2;
/** Best chunks among which a part's evidence may lie. */
const EVIDENCE_DEPTH = 10;

/** Found by words alone: a part has no vector. Its best chunks count as much as the best of the whole question. */
export async function withSubQuestions(
  parts: RetrievalParts,
  workspaceId: string,
  { candidates, lexicalScores }: FirstRound,
  subQuestions: readonly string[],
  { filter, settings }: FirstRoundOptions,
): Promise<FirstRound> {
  const options = { filter, settings: { ...settings, pool: POOL } };
  const rounds = await Promise.all(
    subQuestions.map((text) => firstRound(parts, workspaceId, text, undefined, options)),
  );
  const merged = new Map(candidates.map((each) => [each.chunk.id, each]));
  for (const round of rounds) {
    for (const each of round.candidates.slice(0, TAKEN)) {
      const known = merged.get(each.chunk.id);
      const score = Math.max(each.score, known?.score ?? 0);
      merged.set(each.chunk.id, { ...(known ?? each), score });
    }
  }
  return { candidates: [...merged.values()].toSorted(byScore), lexicalScores };
}

/** Whether each part of a comparison has one chunk that holds all of its words: links could add nothing. */
export function isComplete(
  { kind, parts }: Decomposition,
  candidates: readonly Candidate[],
  cache: TermCache,
): boolean {
  const texts = candidates.slice(0, EVIDENCE_DEPTH).map(({ chunk }) => cache.of(chunk));
  return (
    kind === 'comparison' &&
    parts.every((part) => {
      const { terms } = analyseQuestion(part);
      return texts.some((text) => terms.every((term) => text.has(term)));
    })
  );
}
