import { Trash2 } from 'lucide-react';
import { Link } from 'react-router';
import type { Document, Job } from '../../api/contract/index.ts';
import { Button, IconButton } from '../parts/Button.tsx';
import { formatBytes, plural } from '../parts/format.ts';
import { JobProgress } from './JobProgress.tsx';
import { neverRead } from './never-read.ts';
import { Switch } from './Switch.tsx';

export type RowActions = {
  onEnable: (document: Document, enabled: boolean) => void;
  onDelete: (document: Document) => void;
  onCancel: (job: Job) => void;
  onRetry: (jobId: string) => void;
  busy: boolean;
};

type DocumentRowProps = { document: Document; job: Job | undefined; actions: RowActions };

export function DocumentRow({ document, job, actions }: DocumentRowProps) {
  const dimmed = document.enabled ? '' : 'text-muted';
  return (
    <li className="grid grid-cols-[minmax(0,1fr)_auto] items-start gap-x-3 px-1 py-2.5">
      <div className="min-w-0">
        <Link
          to={`/w/${document.workspace_id}/documents/${document.id}`}
          className={`block truncate font-semibold hover:text-accent hover:underline ${dimmed}`}
        >
          {document.title || document.name}
        </Link>
        <p className="truncate text-xs text-muted tabular-nums">{describe(document)}</p>
      </div>
      <div className="flex items-center gap-1">
        {!neverRead(document) && (
          <Switch
            label={`Use ${document.name} for answers`}
            checked={document.enabled}
            disabled={actions.busy}
            onChange={(enabled) => actions.onEnable(document, enabled)}
          />
        )}
        <IconButton
          label={`Delete ${document.name}`}
          disabled={document.status === 'deleting'}
          onClick={() => actions.onDelete(document)}
        >
          <Trash2 aria-hidden size={15} />
        </IconButton>
      </div>
      <div className="col-span-2">
        {job && (
          <JobProgress job={job} canceling={actions.busy} onCancel={() => actions.onCancel(job)} />
        )}
        {!job && document.status === 'failed' && <Failure document={document} actions={actions} />}
      </div>
    </li>
  );
}

function describe(document: Document): string {
  const parts = [document.name, formatBytes(document.bytes)];
  if (document.pages !== null) parts.push(plural(document.pages, 'page'));
  if (document.status === 'ready') parts.push(plural(document.chunk_count, 'chunk'));
  else parts.push(document.status);
  if (document.version > 1) parts.push(`version ${document.version}`);
  if (!document.enabled) parts.push('not used for answers');
  return parts.join(' · ');
}

function Failure({ document, actions }: { document: Document; actions: RowActions }) {
  const { error, job_id: jobId } = document;
  return (
    <div className="mt-1.5 flex flex-wrap items-start justify-between gap-x-4 gap-y-2 rounded-md bg-danger-soft px-3 py-2 text-sm">
      <p className="min-w-0 flex-1 basis-64 break-words">
        <span className="font-semibold text-danger">
          {error?.message ?? 'The document could not be ingested.'}
        </span>{' '}
        {error?.fix}
      </p>
      {jobId && (
        <Button disabled={actions.busy} onClick={() => actions.onRetry(jobId)}>
          Retry
        </Button>
      )}
    </div>
  );
}
