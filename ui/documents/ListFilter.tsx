import { useSearchParams } from 'react-router';
import { Search } from 'lucide-react';

const states = [
  { value: '', label: 'All states' },
  { value: 'ready', label: 'Ready' },
  { value: 'processing', label: 'Being read' },
  { value: 'pending', label: 'Waiting' },
  { value: 'failed', label: 'Failed' },
];

/** Search and state, kept in the URL. */
export function ListFilter() {
  const [params, setParams] = useSearchParams();
  const set = (name: string, value: string) =>
    setParams(
      (before) => {
        if (value === '') before.delete(name);
        else before.set(name, value);
        return before;
      },
      { replace: true },
    );
  return (
    <div className="flex gap-2">
      <label className="relative min-w-0 flex-1">
        <span className="sr-only">Search documents</span>
        <Search aria-hidden size={15} className="absolute top-2 left-2.5 text-muted" />
        <input
          type="search"
          maxLength={200}
          placeholder="Search documents"
          value={params.get('query') ?? ''}
          onChange={(event) => set('query', event.target.value)}
          className="min-h-8 w-full rounded-md border border-line-strong bg-surface pr-2 pl-8"
        />
      </label>
      <select
        aria-label="State"
        value={params.get('status') ?? ''}
        onChange={(event) => set('status', event.target.value)}
        className="min-h-8 rounded-md border border-line-strong bg-surface px-2 text-sm"
      >
        {states.map(({ value, label }) => (
          <option key={value} value={value}>
            {label}
          </option>
        ))}
      </select>
    </div>
  );
}
