import { useState } from 'react';
import type { WorkspaceSchema } from '../../api/contract/index.ts';
import { lineOf, namesIn, withType, withoutType } from './edits.ts';
import type { EntityType } from './edits.ts';
import { EditForm, Line } from './EditForm.tsx';

type TypeDialogProps = { schema: WorkspaceSchema; type: EntityType; onClose: () => void };

/** `type` without an id: a new one. */
export function TypeDialog({ schema, type, onClose }: TypeDialogProps) {
  const [label, setLabel] = useState(type.label);
  const [aliases, setAliases] = useState(lineOf(type.aliases));
  const isNew = type.id === '';
  const edited = () =>
    withType(schema, { ...type, label: label.trim(), aliases: namesIn(aliases, type.aliases) });
  return (
    <EditForm
      title={isNew ? 'New entity type' : type.label}
      onClose={onClose}
      edited={edited}
      removed={isNew ? undefined : () => withoutType(schema, type.id)}
    >
      <Line label="Name" value={label} onChange={setLabel} required />
      <Line
        label="Also called"
        hint="Separate names with commas."
        value={aliases}
        onChange={setAliases}
      />
    </EditForm>
  );
}
