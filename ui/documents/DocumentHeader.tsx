import { ArrowLeft, Download, Pin, PinOff, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { Link, useNavigate } from 'react-router';
import type { Document } from '../../api/contract/index.ts';
import { originalPath, useDocumentActions } from '../client/documents.ts';
import { send } from '../client/http.ts';
import { useActiveJobs, useJobActions } from '../client/jobs.ts';
import { problemOf } from '../client/problem.ts';
import { Button } from '../parts/Button.tsx';
import { formatBytes, formatDate, plural } from '../parts/format.ts';
import { ProblemNotice } from '../parts/states.tsx';
import { DeleteDialog } from './DeleteDialog.tsx';
import { JobProgress } from './JobProgress.tsx';
import { neverRead } from './never-read.ts';
import { Switch } from './Switch.tsx';

/** By fetch and not by a link, so that the API key goes with it. */
async function download(source: Document): Promise<void> {
  const blob = await (
    await send(originalPath(source.workspace_id, source.id), { accept: '*/*' })
  ).blob();
  const url = URL.createObjectURL(blob);
  const link = Object.assign(document.createElement('a'), { href: url, download: source.name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

export function DocumentHeader({ document: source }: { document: Document }) {
  const navigate = useNavigate();
  const [deleting, setDeleting] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const { enable, pin } = useDocumentActions(source.workspace_id);
  const list = `/w/${source.workspace_id}/documents`;
  const problem = error ?? enable.error ?? pin.error;
  return (
    <header>
      <Link
        to={list}
        className="inline-flex items-center gap-1 text-sm text-accent hover:underline"
      >
        <ArrowLeft aria-hidden size={14} /> Documents
      </Link>
      <div className="mt-1 flex flex-wrap items-start justify-between gap-x-6 gap-y-2">
        <div className="min-w-0">
          <h1 className="text-2xl font-semibold tracking-tight break-words">
            {source.title || source.name}
          </h1>
          <p className="text-muted tabular-nums">{describe(source)}</p>
        </div>
        <div className="flex flex-wrap items-center gap-2">
          {!neverRead(source) && (
            <span className="flex items-center text-sm">
              <Switch
                label="Use this document for answers"
                checked={source.enabled}
                disabled={enable.isPending}
                onChange={(enabled) => enable.mutate({ id: source.id, enabled })}
              />
              <span aria-hidden className="ml-1">
                Used for answers
              </span>
            </span>
          )}
          {!neverRead(source) && (
            <Button
              aria-pressed={source.pinned}
              disabled={pin.isPending}
              icon={
                source.pinned ? <PinOff aria-hidden size={15} /> : <Pin aria-hidden size={15} />
              }
              title="Its cache is kept before that of other documents"
              onClick={() => pin.mutate({ id: source.id, pinned: !source.pinned })}
            >
              {source.pinned ? 'Kept in the cache' : 'Keep in the cache'}
            </Button>
          )}
          <Button
            icon={<Download aria-hidden size={15} />}
            onClick={() => void download(source).catch(setError)}
          >
            Original
          </Button>
          <Button icon={<Trash2 aria-hidden size={15} />} onClick={() => setDeleting(true)}>
            Delete
          </Button>
        </div>
      </div>
      <Progress document={source} />
      {problem !== null && problem !== undefined && <ProblemNotice problem={problemOf(problem)} />}
      {deleting && (
        <DeleteDialog
          document={source}
          onClose={() => setDeleting(false)}
          onDeleted={() => void navigate(list)}
        />
      )}
    </header>
  );
}

function Progress({ document: source }: { document: Document }) {
  const job = useActiveJobs(source.workspace_id).get(source.id);
  const { cancel, retry } = useJobActions(source.workspace_id);
  if (job)
    return (
      <JobProgress job={job} canceling={cancel.isPending} onCancel={() => cancel.mutate(job.id)} />
    );
  const { error, job_id: jobId } = source;
  if (source.status !== 'failed' || !error) return null;
  const problem = {
    detail: error.message,
    fix: error.fix,
    code: error.code,
    title: '',
    type: '',
    status: 0,
    request_id: '',
  };
  return (
    <div className="mt-3">
      <ProblemNotice problem={problem} onRetry={jobId ? () => retry.mutate(jobId) : undefined} />
    </div>
  );
}

function describe(source: Document): string {
  const parts = [source.name, formatBytes(source.bytes)];
  if (source.pages !== null) parts.push(plural(source.pages, 'page'));
  parts.push(`version ${source.version}`, `changed ${formatDate(source.updated_at)}`);
  return parts.join(' · ');
}
