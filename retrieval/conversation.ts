/**
 * What was asked and answered before a question, as the beginning of its prompt: its passages need not be given again.
 */
import type { SpokenTurn } from '../cache/index.ts';
import { chunkPromptText, type Chunk, type SearchFilter } from '../graph/index.ts';
import type { SpokenBefore } from './follow-up.ts';
import type { Candidate, RetrievalParts } from './types.ts';

export interface EarlierTurn extends SpokenBefore {
  /** Passages of its own, in the order of the prompt. */
  readonly chunkIds: readonly string[];
  /** The answer's tokens as the reader wrote them; absent where something else was shown. */
  readonly said?: { readonly tokenizer: string; readonly ids: Int32Array };
}

export interface ConversationRequest {
  /** In order. */
  readonly turns: readonly EarlierTurn[];
  /** How long the reader's rows are kept for the next question, milliseconds. */
  readonly keepMs: number;
}

export interface History {
  readonly turns: readonly SpokenTurn[];
  /** Passages of these turns that may still be shown. */
  readonly chunks: readonly Chunk[];
  /** Of the whole history. */
  readonly tokens: number;
}

/** Earlier turns take no more of the longest prompt than this; beyond, the first half of them is forgotten. */
const MOST_SHARE = 0.6;
const MOST_TOKENS = 3072;
/** Template tokens around a question and its answer, about. */
const AROUND_TURN = 12;

const NO_HISTORY: History = { turns: [], chunks: [], tokens: 0 };

/** Leaves out passages that were deleted, disabled or lie outside the filter: the reader must not know them any more. */
export async function historyOf(
  parts: Pick<RetrievalParts, 'corpus' | 'engine'>,
  workspaceId: string,
  turns: readonly EarlierTurn[],
  filter?: SearchFilter,
): Promise<History> {
  if (turns.length === 0) return NO_HISTORY;
  const { corpus } = parts;
  const isShown = corpus.searchable(workspaceId, filter);
  const ids = turns.flatMap(({ chunkIds }) => chunkIds);
  const found = corpus.chunks(workspaceId, ids).filter(({ documentId }) => isShown(documentId));
  const chunks = new Map(found.map((chunk) => [chunk.id, chunk]));
  const tokens = await tokensOfChunks(parts, workspaceId, found);
  const answers = await answerTokens(parts, turns);
  const questions = await parts.engine.tokenize(turns.map(({ question }) => question));
  const all = turns.map((turn, i) => {
    const own = turn.chunkIds.filter((id) => chunks.has(id));
    const passages = own.map((id) => ({ id, ids: tokens.get(id)! }));
    const count =
      passages.reduce((sum, each) => sum + each.ids.length, 0) +
      answers[i]!.length +
      questions[i]!.length +
      AROUND_TURN;
    const spoken: SpokenTurn = {
      chunks: passages,
      question: turn.question,
      answerIds: answers[i]!,
    };
    return { spoken, chunks: own.map((id) => chunks.get(id)!), tokens: count };
  });
  const { maxPositions } = parts.engine.info.reader;
  return latest(all, Math.min(MOST_TOKENS, MOST_SHARE * maxPositions));
}

interface CountedTurn {
  readonly spoken: SpokenTurn;
  readonly chunks: readonly Chunk[];
  readonly tokens: number;
}

/**
 * As it went: half is forgotten at once, when a turn was too much. Then the next turns begin alike again, and their rows
 * are found.
 */
function latest(all: readonly CountedTurn[], mostTokens: number): History {
  const kept: CountedTurn[] = [];
  const total = (): number => kept.reduce((sum, { tokens }) => sum + tokens, 0);
  for (const turn of all) {
    kept.push(turn);
    while (total() > mostTokens) kept.splice(0, Math.ceil(kept.length / 2));
  }
  return {
    turns: kept.map(({ spoken }) => spoken),
    chunks: kept.flatMap(({ chunks }) => chunks),
    tokens: total(),
  };
}

async function answerTokens(
  { engine }: Pick<RetrievalParts, 'engine'>,
  turns: readonly EarlierTurn[],
): Promise<Int32Array[]> {
  const { tokenizerFingerprint } = engine.info.reader;
  const made = await engine.tokenize(turns.map(({ answer }) => answer));
  return turns.map(({ said }, i) =>
    said?.tokenizer === tokenizerFingerprint ? said.ids : made[i]!,
  );
}

/** As fixed at ingest; after a change of tokenizer, until all chunks are brought up to date, made anew. */
export async function tokensOfChunks(
  { corpus, engine }: Pick<RetrievalParts, 'corpus' | 'engine'>,
  workspaceId: string,
  chunks: readonly Chunk[],
): Promise<Map<string, Int32Array>> {
  const tokens = corpus.chunkTokens(
    workspaceId,
    chunks.map((chunk) => chunk.id),
    engine.info.reader.tokenizerFingerprint,
  );
  const missing = chunks.filter((chunk) => !tokens.has(chunk.id));
  if (missing.length === 0) return tokens;
  const made = await engine.tokenize(missing.map(chunkPromptText));
  return new Map([...tokens, ...missing.map((chunk, i) => [chunk.id, made[i]!] as const)]);
}

/** A passage of an earlier turn, which was not searched for again. */
export function earlierCandidate(chunk: Chunk): Candidate {
  return {
    chunk,
    score: 0,
    lexical: undefined,
    dense: undefined,
    link: undefined,
    round: 1,
    via: undefined,
  };
}
