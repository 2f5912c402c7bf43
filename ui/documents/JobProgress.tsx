/** Where a document stands: its place in the queue, or its stage with what is done and how long it will take. */
import type { Job } from '../../api/contract/index.ts';
import { Button } from '../parts/Button.tsx';
import { formatCount, formatSeconds } from '../parts/format.ts';

const stageNames: Record<string, string> = {
  waiting: 'Waiting',
  parse: 'Reading the file',
  chunk: 'Cutting into chunks',
  embed: 'Embedding chunks',
  extract: 'Extracting facts',
  index: 'Indexing',
  kv: 'Computing chunk caches',
  delete: 'Deleting',
  done: 'Done',
};

export function describeJob(job: Job): string {
  if (job.state === 'enqueued') {
    return job.queue_position === null
      ? 'Waiting'
      : `Waiting, place ${job.queue_position} in the queue`;
  }
  const { done, total } = job.progress;
  const name = stageNames[job.stage] ?? job.stage;
  const count = total > 0 ? `, ${formatCount(done)} of ${formatCount(total)}` : '';
  const left = job.eta_seconds === null ? '' : `, about ${formatSeconds(job.eta_seconds)} left`;
  return `${name}${count}${left}`;
}

type JobProgressProps = { job: Job; onCancel: () => void; canceling: boolean };

export function JobProgress({ job, onCancel, canceling }: JobProgressProps) {
  const { done, total } = job.progress;
  const known = job.state === 'processing' && total > 0;
  const text = describeJob(job);
  return (
    <div className="mt-1.5 flex items-center gap-3">
      <div className="min-w-0 flex-1">
        <p className="text-xs text-muted tabular-nums">{text}</p>
        <div
          role="progressbar"
          aria-label={`Progress of ${job.document_name}`}
          aria-valuemin={0}
          aria-valuemax={known ? total : undefined}
          aria-valuenow={known ? done : undefined}
          aria-valuetext={text}
          className="mt-1 h-1.5 overflow-hidden rounded-full bg-sunken"
        >
          <div
            className={`h-full rounded-full bg-accent transition-[width] duration-300 ${known ? '' : 'pulse-bar'}`}
            style={{
              width: known ? `${(100 * done) / total}%` : job.state === 'enqueued' ? '0%' : '12%',
            }}
          />
        </div>
      </div>
      <Button
        look="quiet"
        disabled={canceling}
        onClick={onCancel}
        aria-label={`Cancel ${job.document_name}`}
      >
        Cancel
      </Button>
    </div>
  );
}
