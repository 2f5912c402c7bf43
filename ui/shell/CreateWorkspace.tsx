import { useState, type FormEvent } from 'react';
import { useNavigate } from 'react-router';
import { problemOf } from '../client/problem.ts';
import { useCreateWorkspace } from '../client/workspaces.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { ProblemNotice } from '../parts/states.tsx';

export function CreateWorkspace({ onClose }: { onClose: () => void }) {
  const create = useCreateWorkspace();
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    create.mutate(name.trim(), {
      onSuccess: (workspace) => {
        onClose();
        void navigate(`/w/${workspace.id}/documents`);
      },
    });
  };
  return (
    <Dialog title="New workspace" onClose={onClose}>
      <form onSubmit={submit} className="space-y-4">
        <label className="block">
          <span className="mb-1 block font-semibold">Name</span>
          <input
            required
            autoFocus
            maxLength={120}
            value={name}
            onChange={(event) => setName(event.target.value)}
            className="w-full rounded-md border border-line-strong bg-surface px-3 py-1.5"
          />
          <span className="mt-1 block text-xs text-muted">
            Documents, graph and caches of a workspace are kept apart from all others.
          </span>
        </label>
        {create.error && <ProblemNotice problem={problemOf(create.error)} />}
        <Button type="submit" look="primary" disabled={create.isPending || name.trim() === ''}>
          Create workspace
        </Button>
      </form>
    </Dialog>
  );
}
