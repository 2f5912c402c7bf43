/**
 * What the turns of a conversation cost when they go on from what was read before, beside reading it again.
 *
 *   npm run bench -- cache/conversation [--model FOLDER] [--embedder FOLDER] [--turns 4] [--json FILE]
 *
 * The first question comes with eight passages of 160 tokens, each later one with two more; answers have 24 tokens. Rows
 * are those computed before the first token (chosen rows of cached chunks included), times are to the first token, for
 * one conversation with rows kept and one without, in the same run. `same tokens` says whether both said the same.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  startEngine,
  type BlendMode,
  type EngineClient,
  type GenerateResult,
  type SpokenTurn,
} from '../../cache/index.ts';
import { reportOrigin } from '../report.ts';
import { seededRandom } from './traces.ts';

const root = join(import.meta.dirname, '..', '..');
const { values } = parseArgs({
  options: {
    model: { type: 'string', default: join(root, 'models', 'reader') },
    embedder: { type: 'string', default: join(root, 'models', 'embedder') },
    turns: { type: 'string', default: '4' },
    json: { type: 'string' },
  },
});

const SALT = '00'.repeat(32);
const MIB = 2 ** 20;
const PASSAGE_TOKENS = 160;
const ANSWER_TOKENS = 24;
const VOCABULARY = 4000;

interface Turn {
  readonly rows: number;
  readonly firstTokenMs: number;
  readonly tokenIds: readonly number[];
}

async function main(): Promise<void> {
  const rows = [];
  for (const mode of ['exact', 'balanced'] as const) {
    const kept = await converse(mode, 256 * MIB);
    const again = await converse(mode, 0);
    for (const [i, turn] of kept.entries()) {
      const other = again[i]!;
      rows.push({
        mode,
        turn: i + 1,
        'rows, kept': turn.rows,
        'rows, read again': other.rows,
        'ms, kept': Math.round(turn.firstTokenMs),
        'ms, read again': Math.round(other.firstTokenMs),
        'times as fast': Math.round((10 * other.firstTokenMs) / turn.firstTokenMs) / 10,
        'same tokens': turn.tokenIds.join() === other.tokenIds.join(),
      });
    }
  }
  console.table(rows);
  const { json, ...options } = values;
  if (json) {
    writeFileSync(json, `${JSON.stringify({ ...reportOrigin(1), options, rows }, undefined, 1)}\n`);
  }
}

async function converse(mode: BlendMode, prefixBytes: number): Promise<Turn[]> {
  const home = mkdtempSync(join(tmpdir(), 'graphblend-conversation-'));
  const engine = await startEngine({
    readerFolder: values.model,
    embedderFolder: values.embedder,
    modelCacheFolder: join(home, 'models'),
    kvFolder: join(home, 'kv'),
    kvDiskBytes: 8e9,
    kvRamBytes: 512 * MIB,
    prefixBytes,
    codec: 'fp16',
    weights: 'fp32',
    threads: 2,
  });
  try {
    return await ask(engine.client, mode);
  } finally {
    await engine.close();
    rmSync(home, { recursive: true, force: true });
  }
}

async function ask(client: EngineClient, mode: BlendMode): Promise<Turn[]> {
  const random = seededRandom(1);
  const passage = (id: string) => ({
    id,
    focus: [],
    ids: Int32Array.from({ length: PASSAGE_TOKENS }, () => 300 + Math.floor(random() * VOCABULARY)),
  });
  const turns: SpokenTurn[] = [];
  const measured: Turn[] = [];
  for (let turn = 0; turn < Number(values.turns); turn++) {
    const count = turn === 0 ? 8 : 2;
    const chunks = Array.from({ length: count }, (_, i) => passage(`${turn}.${i}`));
    await client.precompute({ workspaceSalt: SALT, chunks });
    const question = `What does part ${turn} say?`;
    const result = await client.generate({
      workspaceSalt: SALT,
      chunks,
      question,
      mode,
      maxTokens: ANSWER_TOKENS,
      conversation: { turns, keepMs: 600_000 },
    });
    measured.push(summary(result));
    const answerIds = Int32Array.from(
      result.finish === 'stop' ? result.tokenIds.slice(0, -1) : result.tokenIds,
    );
    turns.push({ chunks, question, answerIds });
  }
  return measured;
}

function summary({ reuse, timingsMs, tokenIds }: GenerateResult): Turn {
  const rows = reuse.freshTokens + reuse.recomputedTokens;
  return { rows, firstTokenMs: timingsMs.firstToken, tokenIds };
}

await main();
