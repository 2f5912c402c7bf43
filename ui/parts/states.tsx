/** The three states every list and page has besides its content: loading, empty, refused. */
import { CircleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Problem } from '../../api/contract/index.ts';
import { problemOf } from '../client/problem.ts';
import { Button } from './Button.tsx';

export function Loading({ label }: { label: string }) {
  return (
    <p role="status" className="pulse-bar py-6 text-muted">
      {label}…
    </p>
  );
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="rounded-lg border border-dashed border-line-strong px-5 py-6">
      <p className="font-semibold">{title}</p>
      {children && <div className="mt-1 max-w-prose text-muted">{children}</div>}
    </div>
  );
}

type ProblemNoticeProps = {
  problem: Problem;
  onRetry?: () => void;
  retryLabel?: string;
  children?: ReactNode;
};

/** Cause, what to do about it, and a way to try again. */
export function ProblemNotice({
  problem,
  onRetry,
  retryLabel = 'Try again',
  children,
}: ProblemNoticeProps) {
  return (
    <div role="alert" className="rounded-lg border border-danger/40 bg-danger-soft px-4 py-3">
      <p className="flex items-start gap-2 font-semibold text-danger">
        <CircleAlert aria-hidden size={16} className="mt-0.5 shrink-0" />
        <span className="min-w-0 break-words">{problem.detail}</span>
      </p>
      <p className="mt-1 pl-6 break-words">{problem.fix}</p>
      {(onRetry || children) && (
        <div className="mt-2 flex flex-wrap gap-2 pl-6">
          {onRetry && <Button onClick={onRetry}>{retryLabel}</Button>}
          {children}
        </div>
      )}
      {problem.request_id && (
        <p className="mt-2 pl-6 font-mono text-2xs break-all text-muted">
          {problem.code} · {problem.request_id}
        </p>
      )}
    </div>
  );
}

type QueryLike<T> = {
  data: T | undefined;
  error: unknown;
  isPending: boolean;
  refetch: () => unknown;
};

/** Shows a query's loading and refused states, and its content once there is any. */
export function Loaded<T>({
  query,
  label,
  children,
}: {
  query: QueryLike<T>;
  label: string;
  children: (data: T) => ReactNode;
}) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.error)
    return <ProblemNotice problem={problemOf(query.error)} onRetry={() => void query.refetch()} />;
  return <Loading label={label} />;
}
