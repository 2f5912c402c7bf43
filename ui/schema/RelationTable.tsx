import type { WorkspaceSchema } from '../../api/contract/index.ts';

export function RelationTable({ schema }: { schema: WorkspaceSchema }) {
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
              <td className="py-1.5 pr-4 font-semibold">
                {relation.label}
                {relation.functional && (
                  <span className="font-normal text-muted"> · one at a time</span>
                )}
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
