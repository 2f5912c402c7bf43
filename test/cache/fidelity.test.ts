import { rmSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { computePrefix } from '../../cache/chunk-encoder.ts';
import { kvCodec } from '../../cache/codecs/index.ts';
import { FidelityControl } from '../../cache/fidelity/control.ts';
import { Fidelity } from '../../cache/fidelity/fidelity.ts';
import { divergence } from '../../cache/fidelity/distance.ts';
import { selfTest } from '../../cache/fidelity/self-test.ts';
import { compareWithFullRead } from '../../cache/fidelity/shadow.ts';
import { promptTemplate } from '../../cache/prompt.ts';
import { loadTokenizer, Scheduler, type DecoderRunner } from '../../engine/index.ts';
import { decoderLoader, fixture } from '../engine/support/fixtures.ts';
import { openService, SALT, temporaryFolders } from './open-service.ts';
import { fullPrefill, greedy, sceneOf } from './scene.ts';

afterAll(() =>
  temporaryFolders.forEach((folder) => rmSync(folder, { recursive: true, force: true })),
);

const runner = decoderLoader()('llama-gqa');
const tokenizer = loadTokenizer(fixture('llama-gqa'));
const template = promptTemplate(tokenizer);
const budget = { policy: 'graph', share: 0.15 } as const;

function test(model: DecoderRunner, codec: 'fp16' | 'fp32' = 'fp16') {
  const prefix = computePrefix(runner, template.prefixIds);
  return selfTest({ runner: model, tokenizer, template, prefix, codec: kvCodec(codec), budget });
}

/** The model with another way to put cached rows into place. */
function withPlacing(place: DecoderRunner['placeKv']): DecoderRunner {
  return {
    config: runner.config,
    fingerprint: runner.fingerprint,
    newSequence: (capacity) => runner.newSequence(capacity),
    step: (rows, options) => runner.step(rows, options),
    begin: (rows, options) => runner.begin(rows, options),
    placeKv: place,
    placeHalves: (...args) => runner.placeHalves(...args),
    attentionMass: (...args) => runner.attentionMass(...args),
    close: () => undefined,
  };
}

describe('the self-test of a model', () => {
  it('lets a sound model blend', async () => {
    const result = await test(runner);
    expect(result).toMatchObject({ mayBlend: true, reason: undefined });
    expect(result.recomputedKl).toBeLessThan(1e-6);
    expect(result.blendedKl).toBeGreaterThan(0);
  });

  it('refuses a model whose cached values are not what it computes', async () => {
    const louder = withPlacing((sequence, layer, position, count, keys, values) => {
      const wrong = values.map((value) => value * 30);
      runner.placeKv(sequence, layer, position, count, keys, wrong);
    });
    const result = await test(louder, 'fp32');
    expect(result.mayBlend).toBe(false);
    expect(result.reason).toMatch(/nats from a full prefill, expected at most/);
  });

  it('refuses a model whose cached rows are no numbers', async () => {
    const broken = withPlacing((sequence, layer, position, count, keys, values) =>
      runner.placeKv(
        sequence,
        layer,
        position,
        count,
        keys,
        values.map(() => Number.NaN),
      ),
    );
    expect((await test(broken, 'fp32')).mayBlend).toBe(false);
  });

  it('makes a service answer by full prefill when the model fails, and say why', async () => {
    const { service } = openService();
    expect((await service.selfTest()).mayBlend).toBe(true);
    expect(service.stats().fidelity).toMatchObject({ mayBlend: true, refusal: undefined });
  });
});

describe('a comparison with a full read', () => {
  const scene = sceneOf(runner, 'fp32', { seed: 4, prefix: 6, chunks: [30, 25, 20], suffix: 12 });

  it('finds no difference in an answer that was made by one', async () => {
    const { sequence, logits } = fullPrefill(runner, scene.plan);
    const tokenIds = greedy(runner, sequence, scene.plan.length, logits);
    const found = await compareWithFullRead(
      runner.config,
      { plan: scene.plan, logits, tokenIds },
      new Scheduler({ runner }),
    );
    expect(found.agreement).toBe(1);
    expect(found.firstTokenKl).toBeLessThan(1e-6);
  });

  it('finds out about an answer that a full read would not have given', async () => {
    const { sequence, logits } = await scene.run({ policy: 'none', share: 0 });
    const tokenIds = greedy(runner, sequence, scene.plan.length, logits).map((id, i) =>
      i === 3 ? id + 1 : id,
    );
    const found = await compareWithFullRead(
      runner.config,
      { plan: scene.plan, logits, tokenIds },
      new Scheduler({ runner }),
    );
    expect(found.agreement).toBeLessThan(1);
    expect(found.firstTokenKl).toBeCloseTo(
      divergence(fullPrefill(runner, scene.plan).logits, logits),
      4,
    );
  });

  it('is made of live answers, behind them, and shows in the figures', async () => {
    const { service } = openService({ fidelity: { sampled: 1, wanted: 0.99, random: () => 0 } });
    const chunks = ['The Fram sailed north.\n\n', 'Nansen left the ship.\n\n'].map((text, i) => ({
      id: `${i}`,
      ids: Int32Array.from(tokenizer.encode(text)),
      focus: [],
    }));
    const call = { isCancelled: () => false, emit: () => undefined };
    const request = {
      workspaceSalt: SALT,
      chunks,
      question: 'Who?',
      mode: 'fast' as const,
      maxTokens: 4,
    };
    await service.generate({ ...request, mode: 'exact' as const }, call);
    await service.generate(request, call);
    await expect.poll(() => service.stats().fidelity.samples).toBe(1);
    expect(service.stats().fidelity.agreement).toBeGreaterThanOrEqual(0);
    expect(service.stats().fidelity.failures).toBe(0);
  });
});

it('a comparison that fails is counted and harms nobody', async () => {
  const options = { sampled: 1, wanted: 0.99, random: () => 0 };
  const broken = {
    ...withPlacing(() => undefined),
    newSequence: () => {
      throw new Error('no memory');
    },
  };
  const fidelity = new Fidelity(broken, new Scheduler({ runner: broken }), options);
  const scene = sceneOf(runner, 'fp32', { seed: 4, prefix: 6, chunks: [30], suffix: 12 });
  const { logits } = fullPrefill(runner, scene.plan);
  fidelity.consider({ mode: 'fast' }, { plan: scene.plan, logits, tokenIds: [1] });
  await expect.poll(() => fidelity.report().failures).toBe(1);
  expect(fidelity.report().samples).toBe(0);
});

describe('control of the budget', () => {
  const control = (): FidelityControl =>
    new FidelityControl({ sampled: 0.5, wanted: 0.95, random: () => 0.4 });
  const note = (to: FidelityControl, agreement: number, times: number): void => {
    for (let i = 0; i < times; i++) to.note('balanced', { agreement, firstTokenKl: 0.1 });
  };

  it('recomputes more while answers agree less than wanted, up to four times as much', () => {
    const held = control();
    note(held, 0.6, 5);
    expect(held.budget('balanced', budget).share).toBeGreaterThan(budget.share);
    note(held, 0.6, 50);
    expect(held.budget('balanced', budget).share).toBeCloseTo(4 * budget.share);
    expect(held.budget('fast', budget).share).toBe(budget.share);
  });

  it('falls back to what the mode stands for when they agree, and never below', () => {
    const held = control();
    note(held, 0.6, 20);
    note(held, 1, 200);
    expect(held.budget('balanced', budget).share).toBe(budget.share);
  });

  it('does not act on one bad answer', () => {
    const held = control();
    note(held, 0, 2);
    expect(held.budget('balanced', budget).share).toBe(budget.share);
  });

  it('draws as often as it is told to', () => {
    expect(control().draws()).toBe(true);
    expect(new FidelityControl({ sampled: 0.3, wanted: 1, random: () => 0.4 }).draws()).toBe(false);
    expect(new FidelityControl({ sampled: 0, wanted: 1, random: () => 0 }).draws()).toBe(false);
  });
});
