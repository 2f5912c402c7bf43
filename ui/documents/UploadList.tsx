import { X } from 'lucide-react';
import { IconButton } from '../parts/Button.tsx';
import { ProblemNotice } from '../parts/states.tsx';
import type { Upload } from './use-uploads.ts';

type UploadListProps = {
  uploads: Upload[];
  onDismiss: (key: number) => void;
  onRetry: (key: number) => void;
};

/** What is on its way, what was there already, and what the server refused. */
export function UploadList({ uploads, onDismiss, onRetry }: UploadListProps) {
  if (uploads.length === 0) return null;
  return (
    <ul aria-label="Additions on their way" className="mt-3 space-y-2">
      {uploads.map((upload) => (
        <li key={upload.key} className="flex items-start gap-2">
          <div className="min-w-0 flex-1">
            {upload.problem ? (
              <>
                <p className="mb-1 truncate font-semibold">{upload.label}</p>
                <ProblemNotice problem={upload.problem} onRetry={() => onRetry(upload.key)} />
              </>
            ) : (
              <p role="status" className="flex min-h-8 items-center gap-2">
                <span className="truncate font-semibold">{upload.label}</span>
                <span className="shrink-0 text-muted">{said[upload.state]}</span>
              </p>
            )}
          </div>
          {(upload.state === 'refused' || upload.state === 'unchanged') && (
            <IconButton label={`Dismiss ${upload.label}`} onClick={() => onDismiss(upload.key)}>
              <X aria-hidden size={15} />
            </IconButton>
          )}
        </li>
      ))}
    </ul>
  );
}

const said: Record<Upload['state'], string> = {
  waiting: 'waits to be sent',
  sending: 'is being sent…',
  refused: 'was refused',
  unchanged: 'is here already, byte for byte; nothing to do',
};
