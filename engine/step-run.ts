/** A step as an object that is moved on from one layer border to the next. */
import { InvalidStepError } from './errors.ts';
import type { StepResult, StepRun } from './types.ts';

/** @param dropped read by `layers` at every border */
export function stepRun(layers: Generator<undefined, StepResult>, dropped: Set<number>): StepRun {
  let result: StepResult | undefined;
  let layer = -1;
  return {
    advance() {
      const { done, value } = layers.next();
      if (done) result ??= value;
      layer++;
      return done === true;
    },
    drop: (index) => void dropped.add(index),
    abandon: () => void layers.return({ logits: [] }),
    get layer() {
      return layer;
    },
    get result() {
      if (!result) throw new InvalidStepError('the step has not come to its end');
      return result;
    },
  };
}
