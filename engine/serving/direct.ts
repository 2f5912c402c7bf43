/** Runs rows at once, on a thread that nobody shares: for tests of a model at load, and for benches. */
import type { DecoderRunner } from '../types.ts';
import type { Stepper } from './types.ts';

export function directStepper(runner: DecoderRunner): Stepper {
  return async (rows, hooks = {}) => {
    const began = performance.now();
    const run = runner.begin(rows, hooks);
    try {
      do await hooks.beforeLayer?.(run.layer);
      while (!run.advance());
    } finally {
      run.abandon();
    }
    return { ...run.result, ms: performance.now() - began };
  };
}
