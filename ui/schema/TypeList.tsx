import { Plus } from 'lucide-react';
import { useState } from 'react';
import type { WorkspaceSchema } from '../../api/contract/index.ts';
import { Button } from '../parts/Button.tsx';
import { newType } from './edits.ts';
import type { EntityType } from './edits.ts';
import { TypeDialog } from './TypeDialog.tsx';

export function TypeList({ schema }: { schema: WorkspaceSchema }) {
  const [edits, setEdits] = useState<EntityType>();
  return (
    <section aria-label="Entity types" className="mt-7">
      <h2 className="text-read font-semibold">Entity types</h2>
      <ul className="mt-2 flex flex-wrap gap-2">
        {schema.entity_types.map((type) => (
          <li key={type.id}>
            <button
              type="button"
              title={type.description || undefined}
              aria-label={`Change ${type.label}`}
              className="min-h-8 rounded-md border border-line bg-surface px-2.5 py-1 text-left hover:bg-sunken"
              onClick={() => setEdits(type)}
            >
              {type.label}
              {type.aliases.length > 0 && (
                <span className="text-muted"> · {type.aliases.join(', ')}</span>
              )}
            </button>
          </li>
        ))}
        <li>
          <Button icon={<Plus aria-hidden size={15} />} onClick={() => setEdits(newType())}>
            Add a type
          </Button>
        </li>
      </ul>
      {edits && <TypeDialog schema={schema} type={edits} onClose={() => setEdits(undefined)} />}
    </section>
  );
}
