import { Plus } from 'lucide-react';
import { useState } from 'react';
import type { WorkspaceSchema } from '../../api/contract/index.ts';
import { Button } from '../parts/Button.tsx';
import { newRelation } from './edits.ts';
import type { Relation } from './edits.ts';
import { RelationDialog } from './RelationDialog.tsx';

export function RelationTable({ schema }: { schema: WorkspaceSchema }) {
  const [edits, setEdits] = useState<Relation>();
  return (
    <section aria-label="Relations" className="mt-7">
      <h2 className="text-read font-semibold">Relations</h2>
      {schema.relations.length > 0 && <Table schema={schema} onEdit={setEdits} />}
      <Button
        className="mt-3"
        icon={<Plus aria-hidden size={15} />}
        onClick={() => setEdits(newRelation())}
      >
        Add a relation
      </Button>
      {edits && (
        <RelationDialog schema={schema} relation={edits} onClose={() => setEdits(undefined)} />
      )}
    </section>
  );
}

type TableProps = { schema: WorkspaceSchema; onEdit: (relation: Relation) => void };

function Table({ schema, onEdit }: TableProps) {
  const labels = new Map(schema.entity_types.map(({ id, label }) => [id, label]));
  const ends = (ids: readonly string[]) => ids.map((id) => labels.get(id) ?? id).join(' or ');
  return (
    <div className="mt-2 overflow-x-auto">
      <table className="w-full text-left text-sm">
        <thead className="text-muted">
          <tr>
            <th className="py-1.5 pr-4 font-semibold">From</th>
            <th className="py-1.5 pr-4 font-semibold">Relation</th>
            <th className="py-1.5 pr-4 font-semibold">To</th>
            <th className="py-1.5 font-semibold">Also called</th>
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {schema.relations.map((relation) => (
            <tr key={relation.id} title={relation.description} className="align-top">
              <td className="py-1.5 pr-4">{ends(relation.domain) || 'anything'}</td>
              <td className="py-1.5 pr-4">
                <button
                  type="button"
                  aria-label={`Change ${relation.label}`}
                  className="text-left font-semibold text-accent hover:underline"
                  onClick={() => onEdit(relation)}
                >
                  {relation.label}
                </button>
                {relation.functional && <span className="text-muted"> · one at a time</span>}
              </td>
              <td className="py-1.5 pr-4">{ends(relation.range) || 'anything'}</td>
              <td className="py-1.5 text-muted">{relation.aliases.join(', ')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
