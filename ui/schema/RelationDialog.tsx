import { useState } from 'react';
import type { WorkspaceSchema } from '../../api/contract/index.ts';
import { lineOf, namesIn, withRelation, withoutRelation } from './edits.ts';
import type { Relation } from './edits.ts';
import { EditForm, Line, TypeChoice } from './EditForm.tsx';

type RelationDialogProps = { schema: WorkspaceSchema; relation: Relation; onClose: () => void };

/** `relation` without an id: a new one. */
export function RelationDialog({ schema, relation, onClose }: RelationDialogProps) {
  const [label, setLabel] = useState(relation.label);
  const [aliases, setAliases] = useState(lineOf(relation.aliases));
  const [domain, setDomain] = useState<readonly string[]>(relation.domain);
  const [range, setRange] = useState<readonly string[]>(relation.range);
  const [functional, setFunctional] = useState(relation.functional);
  const isNew = relation.id === '';
  const edited = () =>
    withRelation(schema, {
      ...relation,
      label: label.trim(),
      aliases: namesIn(aliases, relation.aliases),
      domain: [...domain],
      range: [...range],
      functional,
    });
  return (
    <EditForm
      title={isNew ? 'New relation' : relation.label}
      onClose={onClose}
      edited={edited}
      removed={isNew ? undefined : () => withoutRelation(schema, relation.id)}
    >
      <Line label="Name" value={label} onChange={setLabel} required />
      <Line
        label="Also called"
        hint="Separate names with commas."
        value={aliases}
        onChange={setAliases}
      />
      <TypeChoice label="From" types={schema.entity_types} chosen={domain} onChange={setDomain} />
      <TypeChoice label="To" types={schema.entity_types} chosen={range} onChange={setRange} />
      <label className="flex min-h-8 items-center gap-2">
        <input
          type="checkbox"
          checked={functional}
          onChange={(event) => setFunctional(event.target.checked)}
        />
        One at a time: a later fact takes the place of an earlier one
      </label>
    </EditForm>
  );
}
