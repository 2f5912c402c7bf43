/** Rows of earlier prompts under full reads and conversations, on the bundled reader. */
import { rmSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import type { EngineService } from '../../cache/service.ts';
import type { GenerateRequest, GenerateResult, SpokenTurn } from '../../cache/service-types.ts';
import { loadTokenizer } from '../../engine/index.ts';
import { BUNDLED_READER, openService, SALT, temporary, temporaryFolders } from './open-service.ts';

afterAll(() => temporaryFolders.forEach((folder) => rmSync(folder, { recursive: true })));

const tokenizer = loadTokenizer(BUNDLED_READER);
const cacheDir = temporary();
const sentences = [
  'The Fram was built by Colin Archer at Larvik in 1892 for Fridtjof Nansen.',
  'Otto Sverdrup was the captain of the Fram on both of her voyages to the north.',
  'Roald Amundsen took the Fram, which Nansen had lent him, to the Bay of Whales in 1910.',
  'The Gjoa was bought by Amundsen in Tromso from Asbjorn Sexe.',
];

function chunk(index: number) {
  const text = Array.from({ length: 5 }, (_, i) => sentences[(index + i) % 4]).join(' ');
  const ids = Int32Array.from(tokenizer.encode(`Part ${index}\n${text}\n\n`));
  return { id: `c${index}`, ids, focus: [] };
}

const chunks = [0, 1, 2, 3].map(chunk);
const later = [4, 5].map(chunk);

function open(prefixBytes = 1e9) {
  return openService({ model: BUNDLED_READER, cacheDir, prefixBytes }).service;
}

function request(changes: Partial<GenerateRequest> = {}): GenerateRequest {
  return {
    workspaceSalt: SALT,
    chunks,
    question: 'Who built the ship that went to the Bay of Whales?',
    mode: 'exact',
    maxTokens: 12,
    ...changes,
  };
}

function call() {
  return { isCancelled: () => false, emit: () => undefined };
}

/** The next question, asked behind the first one and its answer. */
function followUp(first: GenerateResult, changes: Partial<GenerateRequest> = {}): GenerateRequest {
  const answerIds = Int32Array.from(
    first.tokenIds.slice(0, first.finish === 'stop' ? -1 : undefined),
  );
  const turn: SpokenTurn = { chunks, question: request().question, answerIds };
  return request({
    chunks: later,
    question: 'From whom was the Gjoa bought?',
    conversation: { turns: [turn], keepMs: 60_000 },
    ...changes,
  });
}

function begin(service: EngineService, mode: GenerateRequest['mode']): Promise<GenerateResult> {
  return service.generate(request({ mode, conversation: { turns: [], keepMs: 60_000 } }), call());
}

describe('a full read', () => {
  it('goes on from a prompt that began alike, and not a bit is different', async () => {
    const [warm, cold] = [open(), open()];
    await warm.generate(request(), call());
    for (const changes of [
      { question: 'Who was the captain of the Fram?' },
      { chunks: [...chunks.slice(0, 3), ...later] },
      {},
    ]) {
      const [a, b] = [
        await warm.generate(request(changes), call()),
        await cold.generate(request(changes), call()),
      ];
      expect(a.reuse.keptTokens).toBeGreaterThan(255);
      expect(a.logprobs).toEqual(b.logprobs);
      expect(a.tokenIds).toEqual(b.tokenIds);
      const { promptTokens, cachedTokens, recomputedTokens, freshTokens } = a.reuse;
      expect(cachedTokens + recomputedTokens + freshTokens).toBe(promptTokens);
      expect(a.ribbon.reduce((sum, { tokens }) => sum + tokens, 0)).toBe(promptTokens);
      cold.deleteKv(cold.store.keys());
    }
  });

  it('finds nothing of another workspace, nor what a measurement with a set budget has read', async () => {
    const service = open();
    await service.generate(request({ budget: { policy: 'full', share: 1 } }), call());
    expect(service.stats().prefixes).toMatchObject({ entries: 0, hits: 0, misses: 0 });
    await service.generate(request(), call());
    const other = await service.generate(request({ workspaceSalt: 'cd'.repeat(32) }), call());
    expect(other.reuse.keptTokens).toBe(0);
    expect(service.stats().prefixes).toMatchObject({ hits: 0, misses: 2 });
  });

  it('is made without any rows of earlier prompts where there is no room for them', async () => {
    const service = open(0);
    const answers = [
      await service.generate(request(), call()),
      await service.generate(request(), call()),
    ];
    expect(answers[1]!.reuse.keptTokens).toBe(0);
    expect(answers[1]!.logprobs).toEqual(answers[0]!.logprobs);
  });
});

describe('the next turn of a conversation', () => {
  it('goes on from the rows of the question and the answer, and says in exact mode what a read from the start says', async () => {
    const [warm, cold] = [open(), open()];
    const first = await begin(warm, 'exact');
    const next = followUp(first);
    const [a, b] = [await warm.generate(next, call()), await cold.generate(next, call())];
    const { turns } = next.conversation!;
    const said = turns[0]!.answerIds.length;
    // All of the first prompt, and all of its answer that was read.
    expect(a.reuse.keptTokens).toBe(
      first.reuse.promptTokens - warm.prefixTokens + said - Number(first.finish !== 'stop'),
    );
    expect(b.reuse.keptTokens).toBe(0);
    expect(a.tokenIds).toEqual(b.tokenIds);
    a.logprobs.forEach((each, i) => expect(each).toBeCloseTo(b.logprobs[i]!, 3));
    expect(a.reuse.freshTokens).toBeLessThan(b.reuse.freshTokens / 2);
  });

  it('goes on from blended rows of its own conversation only', async () => {
    const service = open();
    await service.precompute({ workspaceSalt: SALT, chunks: [...chunks, ...later] }, call());
    const first = await begin(service, 'balanced');
    const next = followUp(first, { mode: 'balanced' });
    const again = await service.generate(next, call());
    expect(again.reuse.keptTokens).toBeGreaterThan(first.reuse.promptTokens - service.prefixTokens);
    expect(again.reuse.cacheHits + again.reuse.cacheMisses).toBe(later.length);
    // The same new passages were blended for the question that came with them.
    const sibling = await service.generate({ ...next, question: 'Who sold the Gjoa?' }, call());
    expect(sibling.reuse.keptTokens).toBe(again.reuse.keptTokens);
    expect(sibling.reuse.cacheHits).toBe(later.length);
    // Another question about the same passages: other rows were recomputed for it.
    const turn = { ...next.conversation!.turns[0]!, question: 'Who was the captain?' };
    const other = await service.generate(
      { ...next, conversation: { turns: [turn], keepMs: 0 } },
      call(),
    );
    expect(other.reuse.keptTokens).toBe(0);
    expect(other.hitChunkIds).toEqual([...chunks, ...later].map(({ id }) => id));
    // Neither does an exact answer take blended rows.
    const exact = await service.generate({ ...next, mode: 'exact' }, call());
    expect(exact.reuse.keptTokens).toBe(0);
  });

  it('says the same in a second run of the same turn, whether its rows were kept or not', async () => {
    const service = open();
    const first = await begin(service, 'balanced');
    const next = followUp(first, { mode: 'balanced' });
    const [a, b] = [await service.generate(next, call()), await service.generate(next, call())];
    expect(b.tokenIds).toEqual(a.tokenIds);
    expect(b.logprobs).toEqual(a.logprobs);
  });

  it('reads again what the rows were made from once that is deleted', async () => {
    const service = open();
    const { keys } = await service.precompute({ workspaceSalt: SALT, chunks }, call());
    const first = await begin(service, 'balanced');
    expect(service.stats().prefixes.entries).toBe(1);
    service.deleteKv([keys.get('c1')!]);
    expect(service.stats().prefixes).toMatchObject({ entries: 0, bytes: 0 });
    const next = await service.generate(followUp(first, { mode: 'balanced' }), call());
    expect(next.reuse.keptTokens).toBe(0);
  });

  it('begins again from the last turn that is the same', async () => {
    const service = open();
    const first = await begin(service, 'exact');
    const next = followUp(first);
    const second = await service.generate(next, call());
    const turns = [
      next.conversation!.turns[0]!,
      {
        chunks: later,
        question: next.question,
        answerIds: Int32Array.from(second.tokenIds.slice(0, -1)),
      },
    ];
    const third = await service.generate(
      request({ chunks: [], question: 'And when?', conversation: { turns, keepMs: 0 } }),
      call(),
    );
    expect(third.reuse.keptTokens).toBeGreaterThan(
      second.reuse.promptTokens - service.prefixTokens - 1,
    );
    expect(third.ribbon.filter(({ kind }) => kind === 'kept').length).toBeGreaterThan(1);
  });
});
