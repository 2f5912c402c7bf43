import type { WorkspaceSchema } from '../../api/contract/index.ts';
import { plural } from '../parts/format.ts';

type RestatedProps = { restated: WorkspaceSchema['restated']; hasSchema: boolean };

/** How far the documents are after a change. */
export function Restated({ restated, hasSchema }: RestatedProps) {
  const { documents, waiting } = restated;
  if (documents === 0) return null;
  const done = documents - waiting;
  if (waiting === 0) {
    if (!hasSchema) return null;
    return (
      <p role="status" className="mt-4 text-sm text-muted">
        {plural(documents, 'document')} stated in it.
      </p>
    );
  }
  return (
    <div role="status" className="mt-4">
      <p className="text-sm">
        Stating the facts anew: {done} of {plural(documents, 'document')}
      </p>
      <progress
        aria-label="Documents stated anew"
        className="mt-1 h-2 w-full accent-accent"
        max={documents}
        value={done}
      />
    </div>
  );
}
