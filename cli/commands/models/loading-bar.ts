/** A bar for what loading a model for the first time takes its time with. */
import { Presets, SingleBar } from 'cli-progress';
import type { LoadProgress } from '../../../engine/index.ts';

const STAGES: Readonly<Record<LoadProgress['stage'], string>> = {
  calibrate: 'finding the layers that need finer weights (once)',
  compile: 'compiling (once)',
  open: 'opening',
};

export interface LoadingBar {
  readonly onProgress: (progress: LoadProgress) => void;
  /** Must be called where loading may have failed: a bar that is drawn keeps the process alive. */
  readonly stop: () => void;
}

/** One bar a stage, on stderr; gone when loading is done. */
export function loadingBar(
  isQuiet: boolean,
  stream: NodeJS.WritableStream = process.stderr,
): LoadingBar {
  let shown: { stage: string; bar: SingleBar } | undefined;
  const stop = () => {
    shown?.bar.stop();
    shown = undefined;
  };
  const onProgress = ({ stage, done, total }: LoadProgress) => {
    if (isQuiet) return;
    if (shown?.stage !== stage) {
      stop();
      const bar = new SingleBar(
        { format: ' {bar} {percentage}%  {stage}', stream, clearOnComplete: true },
        Presets.shades_classic,
      );
      bar.start(total, done, { stage: STAGES[stage] });
      shown = { stage, bar };
    }
    shown?.bar.update(done);
    if (done >= total) stop();
  };
  return { onProgress, stop };
}
