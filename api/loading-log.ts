/** Tells in the log how far the loading of a model is, where that takes more than a moment. */
import type { Logger } from 'pino';
import type { EngineLoading } from '../cache/index.ts';

const EVERY_MS = 5000;

const STAGES: Readonly<Record<EngineLoading['stage'], string>> = {
  calibrate: 'finding the layers of the model that need finer weights (once for each model)',
  compile: 'compiling the model (once for each model)',
  open: 'opening the model',
};

/** @param now ms of a steady clock */
export function loadingLog(
  log: Pick<Logger, 'info'>,
  now: () => number = () => performance.now(),
): (loading: EngineLoading) => void {
  let last: { stage: string; at: number } | undefined;
  return ({ model, stage, done, total }) => {
    // Opening takes less than a second, mostly: it is told of only when it does not.
    const isNew = last?.stage !== stage && stage !== 'open';
    if (!isNew && now() - (last?.at ?? now()) < EVERY_MS) {
      last ??= { stage, at: now() };
      return;
    }
    last = { stage, at: now() };
    log.info({ model, stage, done, total }, STAGES[stage]);
  };
}
