import { useState } from 'react';
import type { Entity } from '../../api/contract/index.ts';
import { useEntity } from '../client/graph.ts';
import { useIdentityActions } from '../client/identity.ts';
import { problemOf } from '../client/problem.ts';
import { EntitySearch } from '../graph/EntitySearch.tsx';
import { Button } from '../parts/Button.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { EntityDot } from '../parts/EntityDot.tsx';
import { plural } from '../parts/format.ts';
import { ProblemNotice } from '../parts/states.tsx';
import { useWorkspaceId } from '../shell/use-workspace-id.ts';

type MergeDialogProps = { entity: Entity; onClose: () => void; onMerged: (id: string) => void };

/** Asks which entity the chosen one is. */
export function MergeDialog({ entity, onClose, onMerged }: MergeDialogProps) {
  const workspaceId = useWorkspaceId();
  const [intoId, setIntoId] = useState<string>();
  const into = useEntity(workspaceId, intoId);
  const { merge } = useIdentityActions(workspaceId);
  const confirm = (id: string) =>
    merge.mutate(
      { from: entity.id, into: id },
      {
        onSuccess: () => {
          onClose();
          onMerged(id);
        },
      },
    );
  const isSame = into.data?.id === entity.id;
  return (
    <Dialog title={`Merge ${entity.name}`} onClose={onClose}>
      <p className="mb-3 text-muted">
        All that is said of it will be said of the entity you choose. This can be undone.
      </p>
      <EntitySearch
        onChoose={setIntoId}
        label="Search the entity that it is"
        hotkey={false}
        inFlow
      />
      {into.data && (
        <p className="mt-3">
          <EntityDot type={into.data.type} />{' '}
          <strong className="font-semibold">{into.data.name}</strong>,{' '}
          {plural(into.data.fact_count, 'fact')}
          {isSame && '. That is the one you want to merge: choose another.'}
        </p>
      )}
      {merge.error && (
        <div className="mt-3">
          <ProblemNotice problem={problemOf(merge.error)} />
        </div>
      )}
      <div className="mt-5 flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button
          look="primary"
          disabled={!into.data || isSame || merge.isPending}
          onClick={() => into.data && confirm(into.data.id)}
        >
          Merge
        </Button>
      </div>
    </Dialog>
  );
}
