/** The product's engine thread with a cache of its own: asks it one question with its passages at a time. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../../api/index.ts';
import {
  ABSTENTION,
  startEngine,
  type EngineInfo,
  type EngineProcess,
  type GenerateRequest,
  type PromptChunk,
} from '../../../cache/index.ts';
import { passageFocus } from '../blend/passage-focus.ts';
import type { ReaderQuestion } from './question-file.ts';

/** How passages get into the prompt: computed with the question, or from the cache, all or nearly all of it. */
export const READINGS = {
  full: { mode: 'exact' },
  blend: { mode: 'balanced' },
  reuse: { mode: 'balanced', budget: { policy: 'none', share: 0 } },
} as const satisfies Record<string, Pick<GenerateRequest, 'mode' | 'budget'>>;
export type Reading = keyof typeof READINGS;

export interface Said {
  readonly text: string;
  readonly abstained: boolean;
  /** Probability of the first token, 0..1. */
  readonly firstChance: number;
  readonly promptTokens: number;
  readonly recomputedTokens: number;
  /** True if passages were shortened to fit. */
  readonly cut: boolean;
}

export interface ReaderUnderTest {
  readonly info: EngineInfo;
  ask(question: ReaderQuestion, reading: Reading): Promise<Said>;
  embed(texts: readonly string[], kind: 'query' | 'passage'): Promise<Float32Array[]>;
  close(): Promise<void>;
}

export interface ModelFolders {
  readonly model?: string;
  readonly embedder?: string;
}

const MAX_TOKENS = 24;
/** Kept free for the question, the turns around it and the answer. */
const RESERVED_TOKENS = 160;
const SALT = '00'.repeat(32);

export async function openReader({ model, embedder }: ModelFolders): Promise<ReaderUnderTest> {
  const home = mkdtempSync(join(tmpdir(), 'graphblend-reader-'));
  const bundled = (name: string): string => join(packageRoot(), 'models', name);
  const thread = await startEngine({
    readerFolder: model ?? bundled('reader'),
    embedderFolder: embedder ?? bundled('embedder'),
    modelCacheFolder: join(home, 'models'),
    kvFolder: join(home, 'kv'),
    kvDiskBytes: 4e9,
    kvRamBytes: 64e6,
    codec: 'fp16',
    weights: 'fp32',
    threads: 1,
  }).catch((error: unknown) => {
    rmSync(home, { recursive: true, force: true });
    throw error;
  });
  return {
    info: thread.client.info,
    ask: (question, reading) => ask(thread, question, reading),
    embed: (texts, kind) => thread.client.embed(texts, kind),
    close: async () => {
      await thread.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function ask(
  { client }: EngineProcess,
  asked: ReaderQuestion,
  reading: Reading,
): Promise<Said> {
  const { chunks, cut } = await chunksOf(client, asked);
  if (reading !== 'full') await client.precompute({ workspaceSalt: SALT, chunks });
  const { text, logprobs, reuse } = await client.generate({
    workspaceSalt: SALT,
    chunks,
    question: asked.question,
    maxTokens: MAX_TOKENS,
    ...READINGS[reading],
  });
  const said = text.trim();
  return {
    text: said,
    abstained: said.toLowerCase() === ABSTENTION,
    firstChance: Math.exp(logprobs[0] ?? Number.NEGATIVE_INFINITY),
    promptTokens: reuse.promptTokens,
    recomputedTokens: reuse.recomputedTokens,
    cut,
  };
}

/** Passages that are too long together all keep their first tokens, as many each. */
async function chunksOf(
  client: EngineProcess['client'],
  { question, passages }: ReaderQuestion,
): Promise<{ chunks: PromptChunk[]; cut: boolean }> {
  const tokens = await client.tokenize(passages.map((passage) => `${passage}\n\n`));
  const { prefixTokens, maxPositions } = client.info.reader;
  const each = roomForEach(
    tokens.map(({ length }) => length),
    maxPositions - prefixTokens - RESERVED_TOKENS,
  );
  const focus = passageFocus(question, passages);
  const chunks = tokens.map((ids, i) => ({
    id: String(i),
    ids: ids.slice(0, each),
    focus: focus[i]!,
  }));
  return { chunks, cut: tokens.some(({ length }) => length > each) };
}

/** The largest length to which `lengths` are cut so that their sum is at most `room`. */
export function roomForEach(lengths: readonly number[], room: number): number {
  let left = room;
  const sorted = lengths.toSorted((a, b) => a - b);
  for (const [i, length] of sorted.entries()) {
    const share = Math.floor(left / (sorted.length - i));
    if (length > share) return Math.max(0, share);
    left -= length;
  }
  return Number.POSITIVE_INFINITY;
}
