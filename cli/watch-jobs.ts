/** Progress bars on stderr for jobs until all have ended. */
import { MultiBar, Presets, type SingleBar } from 'cli-progress';
import type { Job } from '../api/index.ts';
import type { RestClient } from './rest-client.ts';

const POLL_MS = 200;

export async function watchJobs(
  client: RestClient,
  jobs: readonly Job[],
  options: { quiet: boolean },
): Promise<Job[]> {
  if (jobs.length === 0) return [];
  const bars = options.quiet || !process.stderr.isTTY ? undefined : new Bars(jobs.length);
  const ended = new Map<string, Job>();
  try {
    while (ended.size < jobs.length) {
      for (const { id } of jobs) {
        if (ended.has(id)) continue;
        const job = await client.job(id);
        bars?.show(job);
        if (isFinal(job)) ended.set(id, job);
      }
      bars?.total(ended.size);
      if (ended.size < jobs.length) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  } finally {
    // Also on errors: the bars hide the cursor.
    bars?.stop();
  }
  return jobs.map(({ id }) => ended.get(id)!);
}

function isFinal({ state }: Job): boolean {
  return state === 'succeeded' || state === 'failed' || state === 'canceled';
}

/** One bar for all documents, one for each that is worked on. */
class Bars {
  readonly #multi = new MultiBar(
    {
      format: '{bar} {value}/{total} {name} {stage}',
      hideCursor: true,
      clearOnComplete: true,
      barsize: 24,
    },
    Presets.rect,
  );
  readonly #showCursor = (): boolean => process.stderr.write('\u001B[?25h');
  readonly #all: SingleBar;
  readonly #each = new Map<string, SingleBar>();

  constructor(total: number) {
    // However the process ends, the terminal gets its cursor back.
    process.once('exit', this.#showCursor);
    this.#all = this.#multi.create(total, 0, { name: 'documents', stage: '' });
  }

  total(done: number): void {
    this.#all.update(done);
  }

  show(job: Job): void {
    const bar = this.#each.get(job.id);
    if (job.state === 'processing') {
      const payload = { name: job.document_name, stage: job.stage };
      if (!bar) {
        this.#each.set(
          job.id,
          this.#multi.create(Math.max(1, job.progress.total), job.progress.done, payload),
        );
        return;
      }
      bar.setTotal(Math.max(1, job.progress.total));
      bar.update(job.progress.done, payload);
    } else if (bar) {
      this.#multi.remove(bar);
      this.#each.delete(job.id);
    }
  }

  stop(): void {
    process.removeListener('exit', this.#showCursor);
    this.#multi.stop();
  }
}
