/** Asks questions by full prefill and blended, each blended answer compared with the full one. */
import type {
  BlendMode,
  EngineClient,
  GenerateRequest,
  GenerateResult,
  PolicyName,
  PromptChunk,
} from '../../../cache/index.ts';
import { roomForEach } from '../reader/reader-under-test.ts';
import type { ReaderQuestion } from '../reader/question-file.ts';
import { exactMatch, holdsAnswer, tokenF1 } from '../reader/squad-score.ts';
import { passageFocus } from './passage-focus.ts';

export interface Budget {
  readonly policy: PolicyName;
  readonly share: number;
}

/** Of one question; F1 and EM against the gold answers, 0..1. */
export interface Compared {
  readonly id: string;
  readonly kind: string;
  readonly full: Answer;
  readonly blended: Answer;
  /** Share of the full answer's tokens before the first that differs. */
  readonly agreement: number;
  readonly recomputedShare: number;
  readonly promptTokens: number;
}

interface Answer {
  readonly text: string;
  readonly f1: number;
  readonly em: number;
  /** Whether a gold answer stands in the text. */
  readonly holds: number;
  readonly ttftMs: number;
}

const MAX_TOKENS = 24;
const RESERVED_TOKENS = 160;
const SALT = '00'.repeat(32);

/** Yields a list for each question, one entry per budget, in order. */
export async function* compare(
  client: EngineClient,
  questions: readonly ReaderQuestion[],
  budgets: readonly Budget[],
): AsyncGenerator<Compared[]> {
  for (const question of questions) {
    const chunks = await chunksOf(client, question);
    await client.precompute({ workspaceSalt: SALT, chunks });
    const ask = (mode: BlendMode, budget?: Budget): Promise<GenerateResult> =>
      client.generate({ ...request(question, chunks, mode), ...(budget && { budget }) });
    const full = await ask('exact');
    const compared: Compared[] = [];
    for (const budget of budgets) {
      const blended = await ask('balanced', budget);
      compared.push(comparison(question, full, blended));
    }
    yield compared;
  }
}

function request(
  { question }: ReaderQuestion,
  chunks: readonly PromptChunk[],
  mode: BlendMode,
): GenerateRequest {
  return { workspaceSalt: SALT, chunks, question, mode, maxTokens: MAX_TOKENS };
}

/** Passages that are too long together all keep their first tokens, as many each. */
async function chunksOf(
  client: EngineClient,
  { question, passages }: ReaderQuestion,
): Promise<PromptChunk[]> {
  const tokens = await client.tokenize(passages.map((passage) => `${passage}\n\n`));
  const { prefixTokens, maxPositions } = client.info.reader;
  const lengths = tokens.map(({ length }) => length);
  const each = roomForEach(lengths, maxPositions - prefixTokens - RESERVED_TOKENS);
  const focus = passageFocus(question, passages);
  return tokens.map((ids, i) => ({ id: String(i), ids: ids.slice(0, each), focus: focus[i]! }));
}

function comparison(
  { id, kind, answers }: ReaderQuestion,
  full: GenerateResult,
  blended: GenerateResult,
): Compared {
  const { promptTokens, recomputedTokens, cachedTokens } = blended.reuse;
  return {
    id,
    kind,
    full: scored(full, answers),
    blended: scored(blended, answers),
    agreement: agreement(full, blended),
    recomputedShare: recomputedTokens / Math.max(1, recomputedTokens + cachedTokens),
    promptTokens,
  };
}

function scored(result: GenerateResult, golds: readonly string[]): Answer {
  const text = result.text.trim();
  const none = golds.length === 0;
  const isAbstention = /^not stated\.?$/i.test(text);
  return {
    text,
    f1: none ? Number(isAbstention) : tokenF1(text, golds),
    em: none ? Number(isAbstention) : exactMatch(text, golds),
    holds: none ? Number(isAbstention) : holdsAnswer(text, golds),
    ttftMs: result.timingsMs.firstToken,
  };
}

function agreement({ tokenIds: a }: GenerateResult, { tokenIds: b }: GenerateResult): number {
  const first = a.findIndex((id, i) => id !== b[i]);
  return a.length === 0 ? 1 : (first < 0 ? a.length : first) / a.length;
}
