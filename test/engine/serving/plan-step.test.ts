import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planStep, type WaitingRows } from '../../../engine/serving/plan-step.ts';

const size = { rows: 100, rowsBesideDecodes: 10, decodes: 8 };
const job = (remaining: number, waitedMs = 0, stopAfterLayer?: number): WaitingRows => ({
  remaining,
  waitedMs,
  stopAfterLayer,
});
const jobs = fc.array(
  fc.record({
    remaining: fc.integer({ min: 1, max: 300 }),
    waitedMs: fc.nat(10_000),
    stopAfterLayer: fc.constantFrom(undefined, undefined, 2),
  }),
  { minLength: 1, maxLength: 20 },
);

describe('the next step', () => {
  it('takes all decodes, and less prefill beside them', () => {
    expect(planStep([job(1), job(500), job(1)], size, 1)).toEqual([1, 10, 1]);
    expect(planStep([job(500)], size, 1)).toEqual([100]);
  });

  it('packs short prompts before long ones', () => {
    expect(planStep([job(200), job(30), job(20)], size, 1)).toEqual([50, 30, 20]);
  });

  it('cuts prompts at whole grains, and lets one wait rather than take a few rows of it', () => {
    const real = { rows: 512, rowsBesideDecodes: 128, decodes: 64 };
    expect(planStep([job(500), job(100)], real, 1)).toEqual([384, 100]);
    expect(planStep([job(500), job(460)], real, 1)).toEqual([0, 460]);
    expect(planStep([job(1), job(100), job(90)], real, 1)).toEqual([1, 0, 90]);
    expect(planStep([job(1), job(500)], real, 1)).toEqual([1, 128]);
    expect(planStep([job(1), job(191)], real, 1)).toEqual([1, 191]);
  });

  it('lets a long prompt go first once it has waited long enough', () => {
    expect(planStep([job(200, 100), job(90)], size, 1)).toEqual([10, 90]);
    expect(planStep([job(200, 111), job(90)], size, 1)).toEqual([100, 0]);
  });

  it('keeps apart rows that leave at different layers, the longest waiting first', () => {
    expect(planStep([job(10, 1), job(20, 5, 3), job(1, 0)], size, 1)).toEqual([0, 20, 0]);
  });

  it('always gets on, never takes more than there is or fits', () => {
    fc.assert(
      fc.property(jobs, (waiting) => {
        const plan = planStep(waiting, size, 1);
        const taken = plan.reduce((sum, count) => sum + count, 0);
        expect(taken).toBeGreaterThan(0);
        expect(taken).toBeLessThan(size.rows + size.rowsBesideDecodes + size.decodes);
        plan.forEach((count, i) => expect(count).toBeLessThanOrEqual(waiting[i]!.remaining));
        const layers = new Set(
          waiting.filter((_, i) => plan[i]! > 0).map(({ stopAfterLayer }) => stopAfterLayer),
        );
        expect(layers.size).toBe(1);
      }),
    );
  });

  it('comes to every job in the end, although short ones keep coming', () => {
    fc.assert(
      fc.property(fc.integer({ min: 200, max: 3000 }), (length) => {
        let left = length;
        let steps = 0;
        for (let now = 0; left > 0; now += 100) {
          const [long] = planStep([job(left, now), job(100), job(100)], size, 1);
          left -= long!;
          steps++;
        }
        expect(steps).toBeLessThan(2 * (length / 100) + 2);
      }),
    );
  });
});
