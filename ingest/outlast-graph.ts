/** Waiting for a graph store that is away: it is no fault of the job, which goes on where it stands. */
import { setTimeout as sleep } from 'node:timers/promises';
import { GraphUnavailableError } from '../graph/index.ts';
import type { JobRun } from './job-run.ts';

const ASK_AGAIN_MS = 1_000;

/** Repeats `work`, which must be idempotent, until the graph store answers or the run is stopped. */
export async function whenGraphAnswers<T>(run: JobRun, work: () => Promise<T>): Promise<T> {
  return untilGraphAnswers(work, run.signal, () => run.at('waiting_for_graph', 0, 1));
}

/** Throws the signal's reason when it is aborted. */
export async function untilGraphAnswers<T>(
  work: () => Promise<T>,
  signal: AbortSignal,
  onWait: (error: GraphUnavailableError) => void,
): Promise<T> {
  for (;;) {
    signal.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof GraphUnavailableError)) throw error;
      onWait(error);
    }
    await sleep(ASK_AGAIN_MS, undefined, { signal });
  }
}
