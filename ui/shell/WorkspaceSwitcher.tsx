import { Plus } from 'lucide-react';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { useWorkspaces } from '../client/workspaces.ts';
import { IconButton } from '../parts/Button.tsx';
import { CreateWorkspace } from './CreateWorkspace.tsx';
import { useWorkspaceId } from './use-workspace-id.ts';

export function WorkspaceSwitcher() {
  const workspaceId = useWorkspaceId();
  const workspaces = useWorkspaces();
  const navigate = useNavigate();
  const [creating, setCreating] = useState(false);
  const known = workspaces.data?.data ?? [];
  return (
    <div className="flex items-center gap-1">
      <select
        aria-label="Workspace"
        value={workspaceId}
        onChange={(event) => void navigate(`/w/${event.target.value}/ask`)}
        className="min-h-8 min-w-0 flex-1 truncate rounded-md border border-line-strong bg-surface px-2 text-sm"
      >
        {!known.some((workspace) => workspace.id === workspaceId) && (
          <option value={workspaceId}>{workspaceId}</option>
        )}
        {known.map((workspace) => (
          <option key={workspace.id} value={workspace.id}>
            {workspace.name}
          </option>
        ))}
      </select>
      <IconButton label="New workspace" onClick={() => setCreating(true)}>
        <Plus aria-hidden size={16} />
      </IconButton>
      {creating && <CreateWorkspace onClose={() => setCreating(false)} />}
    </div>
  );
}
