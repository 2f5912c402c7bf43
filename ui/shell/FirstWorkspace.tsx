/** `/`: on to the workspace last used, or the first, or the making of one. */
import { useState } from 'react';
import { Navigate } from 'react-router';
import { useWorkspaces } from '../client/workspaces.ts';
import { Button } from '../parts/Button.tsx';
import { Empty, Loaded } from '../parts/states.tsx';
import { lastWorkspace } from './last-workspace.ts';
import { CreateWorkspace } from './CreateWorkspace.tsx';

export function FirstWorkspace() {
  const workspaces = useWorkspaces();
  const [creating, setCreating] = useState(false);
  return (
    <main className="mx-auto max-w-xl p-6">
      <Loaded query={workspaces} label="Looking for your workspaces">
        {(page) => {
          const last = lastWorkspace();
          const first = page.data.find((workspace) => workspace.id === last) ?? page.data[0];
          if (first) return <Navigate to={`/w/${first.id}/ask`} replace />;
          return (
            <Empty title="There is no workspace yet">
              <p>A workspace holds documents, the graph read from them, and their caches.</p>
              <Button look="primary" className="mt-3" onClick={() => setCreating(true)}>
                Create a workspace
              </Button>
            </Empty>
          );
        }}
      </Loaded>
      {creating && <CreateWorkspace onClose={() => setCreating(false)} />}
    </main>
  );
}
