/** A combobox over the entities: type, arrow keys, Enter. */
import { Search } from 'lucide-react';
import { useDeferredValue, useId, useState, type KeyboardEvent } from 'react';
import { useEntitySearch } from '../client/graph.ts';
import { EntityDot } from '../parts/EntityDot.tsx';
import { useHotkey } from '../parts/use-hotkey.ts';
import { useWorkspaceId } from '../shell/use-workspace-id.ts';

type EntitySearchProps = {
  onChoose: (id: string) => void;
  label?: string;
  /** Whether the key "/" leads here: for one search of a page. */
  hotkey?: boolean;
  /** The list pushes aside what follows, where it would be cut off by what it stands in. */
  inFlow?: boolean;
};

export function EntitySearch({
  onChoose,
  label = 'Search entities',
  hotkey = true,
  inFlow = false,
}: EntitySearchProps) {
  const id = useId();
  const [query, setQuery] = useState('');
  const [open, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const found = useEntitySearch(useWorkspaceId(), useDeferredValue(query));
  const entities = found.data?.data ?? [];
  useHotkey('/', () => document.getElementById(`${id}-input`)?.focus(), hotkey);

  const choose = (entityId: string | undefined) => {
    if (!entityId) return;
    setQuery('');
    setOpen(false);
    onChoose(entityId);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') return setOpen(false);
    if (event.key === 'Enter') return choose(entities[at]?.id);
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    event.preventDefault();
    setOpen(true);
    const step = event.key === 'ArrowDown' ? 1 : -1;
    setAt((at + step + entities.length) % Math.max(1, entities.length));
  };
  const shown = open && query !== '';
  return (
    <div className="relative">
      <Search aria-hidden size={15} className="absolute top-2 left-2.5 text-muted" />
      <input
        id={`${id}-input`}
        role="combobox"
        aria-label={label}
        aria-expanded={shown}
        aria-controls={`${id}-list`}
        aria-activedescendant={shown && entities[at] ? `${id}-${at}` : undefined}
        aria-keyshortcuts={hotkey ? '/' : undefined}
        autoComplete="off"
        placeholder={label}
        maxLength={200}
        value={query}
        onChange={(event) => (setQuery(event.target.value), setAt(0), setOpen(true))}
        onBlur={() => setOpen(false)}
        onKeyDown={onKeyDown}
        className="min-h-8 w-full rounded-md border border-line-strong bg-surface pr-2 pl-8"
      />
      <ul
        id={`${id}-list`}
        role="listbox"
        aria-label="Entities found"
        hidden={!shown}
        className={`mt-1 overflow-y-auto rounded-md border border-line-strong bg-surface py-1 ${inFlow ? 'max-h-56' : 'absolute inset-x-0 top-full z-20 max-h-80 shadow-lg'}`}
      >
        {entities.length === 0 && (
          <li className="px-3 py-1.5 text-muted">No entity of that name</li>
        )}
        {entities.map((entity, index) => (
          <li
            key={entity.id}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === at}
            onPointerDown={(event) => (event.preventDefault(), choose(entity.id))}
            className="flex cursor-pointer items-center gap-2 px-3 py-1.5 hover:bg-sunken aria-selected:bg-accent-soft"
          >
            <EntityDot type={entity.type} />
            <span className="min-w-0 flex-1 truncate">{entity.name}</span>
            <span className="text-xs text-muted">{entity.type}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
