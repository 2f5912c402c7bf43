/** What the dialogs of a type and of a relation share: label, other names, and the way to save or to remove. */
import type { FormEvent, ReactNode } from 'react';
import type { WorkspaceSchema } from '../../api/contract/index.ts';
import { problemOf } from '../client/problem.ts';
import { useSchemaActions } from '../client/schema.ts';
import type { SchemaInput } from '../client/schema.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { ProblemNotice } from '../parts/states.tsx';
import { useWorkspaceId } from '../shell/use-workspace-id.ts';

type EditFormProps = {
  title: string;
  onClose: () => void;
  /** The schema with what the form says. */
  edited: () => SchemaInput;
  /** The schema without it; undefined for what is new. */
  removed: (() => SchemaInput) | undefined;
  children: ReactNode;
};

export function EditForm({ title, onClose, edited, removed, children }: EditFormProps) {
  const { put } = useSchemaActions(useWorkspaceId());
  const send = (schema: SchemaInput) => put.mutate(schema, { onSuccess: onClose });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    send(edited());
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={submit} className="space-y-4">
        {children}
        {put.error && <ProblemNotice problem={problemOf(put.error)} />}
        <div className="flex flex-wrap items-center gap-2">
          <Button type="submit" look="primary" disabled={put.isPending}>
            Save
          </Button>
          <Button onClick={onClose}>Cancel</Button>
          {removed && (
            <Button
              look="danger"
              className="ml-auto"
              disabled={put.isPending}
              onClick={() => send(removed())}
            >
              Remove
            </Button>
          )}
        </div>
      </form>
    </Dialog>
  );
}

type LineProps = {
  label: string;
  hint?: string;
  value: string;
  onChange: (value: string) => void;
  required?: boolean;
};

export function Line({ label, hint, value, onChange, required }: LineProps) {
  return (
    <label className="block">
      <span className="mb-1 block font-semibold">{label}</span>
      <input
        required={required}
        // White space alone is no name.
        pattern={required ? '.*\\S.*' : undefined}
        maxLength={required ? 200 : undefined}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className="w-full rounded-md border border-line-strong bg-surface px-3 py-1.5"
      />
      {hint && <span className="mt-1 block text-xs text-muted">{hint}</span>}
    </label>
  );
}

type TypeChoiceProps = {
  label: string;
  types: WorkspaceSchema['entity_types'];
  chosen: readonly string[];
  onChange: (ids: string[]) => void;
};

/** Types that an end of a relation may have; none: any. */
export function TypeChoice({ label, types, chosen, onChange }: TypeChoiceProps) {
  const toggle = (id: string) =>
    onChange(chosen.includes(id) ? chosen.filter((each) => each !== id) : [...chosen, id]);
  return (
    <fieldset>
      <legend className="font-semibold">{label}</legend>
      <p className="text-xs text-muted">
        {types.length === 0
          ? 'There are no entity types: it takes anything.'
          : 'None ticked: anything.'}
      </p>
      <ul className="mt-1 flex max-h-40 flex-wrap gap-x-4 overflow-y-auto">
        {types.map(({ id, label: name }) => (
          <li key={id}>
            <label className="flex min-h-8 items-center gap-2">
              <input type="checkbox" checked={chosen.includes(id)} onChange={() => toggle(id)} />
              {name}
            </label>
          </li>
        ))}
      </ul>
    </fieldset>
  );
}
