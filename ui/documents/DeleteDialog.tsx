/** Says what a removal will take and what it will leave, before it is done. */
import type { Document, FactLine, RemovalPreview } from '../../api/contract/index.ts';
import { useDocumentActions, useRemovalPreview } from '../client/documents.ts';
import { problemOf } from '../client/problem.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { plural } from '../parts/format.ts';
import { Loaded, ProblemNotice } from '../parts/states.tsx';

type DeleteDialogProps = { document: Document; onClose: () => void; onDeleted?: () => void };

export function DeleteDialog({ document, onClose, onDeleted }: DeleteDialogProps) {
  const preview = useRemovalPreview(document.workspace_id, document.id);
  const { remove } = useDocumentActions(document.workspace_id);
  const confirm = () =>
    remove.mutate(document.id, {
      onSuccess: () => {
        onClose();
        onDeleted?.();
      },
    });
  return (
    <Dialog title={`Delete ${document.title || document.name}?`} onClose={onClose}>
      <Loaded query={preview} label="Working out what this removes">
        {(impact) => <Impact impact={impact} />}
      </Loaded>
      {remove.error && (
        <div className="mt-3">
          <ProblemNotice problem={problemOf(remove.error)} />
        </div>
      )}
      <div className="mt-5 flex justify-end gap-2">
        <Button onClick={onClose}>Keep it</Button>
        <Button look="danger" disabled={!preview.data || remove.isPending} onClick={confirm}>
          Delete document
        </Button>
      </div>
    </Dialog>
  );
}

function Impact({ impact }: { impact: RemovalPreview }) {
  return (
    <>
      <Counts impact={impact} />
      <Examples label="Facts that go" facts={impact.examples.facts_removed} />
    </>
  );
}

function Examples({ label, facts }: { label: string; facts: FactLine[] }) {
  if (facts.length === 0) return null;
  return (
    <details className="mt-3 text-sm">
      <summary className="cursor-pointer text-accent">{label}</summary>
      <ul className="mt-1 max-h-48 overflow-y-auto">
        {facts.map(({ id, subject, relation, object, negated }) => (
          <li key={id} className="py-0.5">
            {subject}{' '}
            <span className="text-accent">
              {negated && 'not '}
              {relation}
            </span>{' '}
            {object}
          </li>
        ))}
      </ul>
    </details>
  );
}

function Counts({ impact }: { impact: RemovalPreview }) {
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5 tabular-nums">
      <dt className="text-muted">Removes</dt>
      <dd>
        <strong className="font-semibold">{plural(impact.facts_removed, 'fact')}</strong>,{' '}
        {plural(impact.entities_removed, 'entity', 'entities')} and{' '}
        {plural(impact.chunks_removed, 'chunk')} with{' '}
        {impact.chunks_removed === 1 ? 'its cache' : 'their caches'}
      </dd>
      <dt className="text-muted">Keeps</dt>
      <dd>
        <strong className="font-semibold">{plural(impact.facts_kept, 'fact')}</strong> and{' '}
        {plural(impact.entities_kept, 'entity', 'entities')} that other documents support too
      </dd>
    </dl>
  );
}
