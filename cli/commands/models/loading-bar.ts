/** A bar for what loading a model for the first time takes its time with. */
import { Presets, SingleBar } from 'cli-progress';
import type { LoadProgress } from '../../../engine/index.ts';

const STAGES: Readonly<Record<LoadProgress['stage'], string>> = {
  calibrate: 'finding the layers that need finer weights (once)',
  compile: 'compiling (once)',
  open: 'opening',
};

/** One bar a stage, on stderr; gone when loading is done. */
export function loadingBar(isQuiet: boolean): (progress: LoadProgress) => void {
  if (isQuiet) return () => undefined;
  let shown: { stage: string; bar: SingleBar } | undefined;
  return ({ stage, done, total }) => {
    if (shown?.stage !== stage) {
      shown?.bar.stop();
      const bar = new SingleBar(
        { format: ' {bar} {percentage}%  {stage}', stream: process.stderr, clearOnComplete: true },
        Presets.shades_classic,
      );
      bar.start(total, done, { stage: STAGES[stage] });
      shown = { stage, bar };
    }
    shown.bar.update(done);
    if (done < total) return;
    shown.bar.stop();
    shown = undefined;
  };
}
