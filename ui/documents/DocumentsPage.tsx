/** The documents of a workspace: adding, following, searching, switching off and deleting them. */
import { useDeferredValue, useState } from 'react';
import { useSearchParams } from 'react-router';
import type { Document } from '../../api/contract/index.ts';
import { useDocumentActions, useDocuments } from '../client/documents.ts';
import { useActiveJobs, useJobActions } from '../client/jobs.ts';
import { problemOf } from '../client/problem.ts';
import { useWorkspace } from '../client/workspaces.ts';
import { Button } from '../parts/Button.tsx';
import { formatBytes, plural } from '../parts/format.ts';
import { Empty, Loaded, ProblemNotice } from '../parts/states.tsx';
import { useTitle } from '../shell/use-title.ts';
import { useWorkspaceId } from '../shell/use-workspace-id.ts';
import { DeleteDialog } from './DeleteDialog.tsx';
import { DocumentRow, type RowActions } from './DocumentRow.tsx';
import { DropZone } from './DropZone.tsx';
import { ListFilter } from './ListFilter.tsx';
import { UploadList } from './UploadList.tsx';
import { useUploads } from './use-uploads.ts';

export default function DocumentsPage() {
  const workspaceId = useWorkspaceId();
  const workspace = useWorkspace(workspaceId);
  const { uploads, add, dismiss, retry } = useUploads(workspaceId);
  useTitle('Documents');
  const counts = workspace.data?.counts;
  return (
    <div className="mx-auto max-w-4xl px-4 py-6">
      <h1 className="text-2xl font-semibold tracking-tight">Documents</h1>
      <p className="mt-1 mb-4 min-h-5 text-muted tabular-nums">
        {counts &&
          `${plural(counts.documents, 'document')}, ${formatBytes(counts.bytes)}, ${plural(counts.chunks, 'chunk')}, ${plural(counts.entities, 'entity', 'entities')}, ${plural(counts.facts, 'fact')}`}
      </p>
      <DropZone onAdd={add} />
      <UploadList uploads={uploads} onDismiss={dismiss} onRetry={retry} />
      <DocumentList workspaceId={workspaceId} />
    </div>
  );
}

function DocumentList({ workspaceId }: { workspaceId: string }) {
  const [params] = useSearchParams();
  const query = useDeferredValue(params.get('query') ?? '');
  const status = params.get('status') ?? '';
  const documents = useDocuments(workspaceId, query, status);
  const jobs = useActiveJobs(workspaceId);
  const [deleting, setDeleting] = useState<Document | null>(null);
  const { actions, error } = useRowActions(workspaceId, setDeleting);
  return (
    <section aria-label="Documents" className="mt-6">
      <ListFilter />
      <p role="status" className="sr-only">
        {jobs.size > 0 ? `${plural(jobs.size, 'document')} being worked on` : ''}
      </p>
      {error && <ProblemNotice problem={problemOf(error)} />}
      <Loaded query={documents} label="Loading the documents">
        {({ pages }) => {
          const rows = pages.flatMap((page) => page.data);
          if (rows.length === 0) return <NoDocuments filtered={query !== '' || status !== ''} />;
          return (
            <ul className="mt-2 divide-y divide-line border-b border-line">
              <li aria-hidden className="py-1 pr-10 text-right text-xs text-muted">
                Used for answers
              </li>
              {rows.map((document) => (
                <DocumentRow
                  key={document.id}
                  document={document}
                  job={jobs.get(document.id)}
                  actions={actions}
                />
              ))}
            </ul>
          );
        }}
      </Loaded>
      {documents.hasNextPage && (
        <Button
          className="mt-3"
          disabled={documents.isFetchingNextPage}
          onClick={() => void documents.fetchNextPage()}
        >
          Show more documents
        </Button>
      )}
      {deleting && <DeleteDialog document={deleting} onClose={() => setDeleting(null)} />}
    </section>
  );
}

function useRowActions(workspaceId: string, onDelete: (document: Document) => void) {
  const { enable } = useDocumentActions(workspaceId);
  const { cancel, retry } = useJobActions(workspaceId);
  const actions: RowActions = {
    onEnable: ({ id }, enabled) => enable.mutate({ id, enabled }),
    onDelete,
    onCancel: (job) => cancel.mutate(job.id),
    onRetry: (jobId) => retry.mutate(jobId),
    busy: enable.isPending || cancel.isPending || retry.isPending,
  };
  return { actions, error: enable.error ?? cancel.error ?? retry.error };
}

function NoDocuments({ filtered }: { filtered: boolean }) {
  return (
    <div className="mt-3">
      {filtered ? (
        <Empty title="No document matches">Search for another word, or show all states.</Empty>
      ) : (
        <Empty title="No documents yet">
          Drop a few files above. Each is cut into chunks, its facts go into the graph, and its
          caches are computed once, so that questions need not read it again.
        </Empty>
      )}
    </div>
  );
}
