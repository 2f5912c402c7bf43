/** The graph page's state as its URL holds it: `?entity=a,b` the expanded entities, `?select=` an entity or fact. */
import { useSearchParams } from 'react-router';

export function useGraphUrl() {
  const [params, setParams] = useSearchParams();
  const expanded = (params.get('entity') ?? '').split(',').filter(Boolean);
  const selected = params.get('select');
  const set = (entities: string[], select: string | null, replace = false) => {
    const next = new URLSearchParams({ entity: entities.join(',') });
    if (select) next.set('select', select);
    setParams(next, { replace });
  };
  return {
    expanded,
    selected,
    /** `null` goes back to the list of entities to start from. */
    startFrom: (id: string | null) => set(id === null ? [] : [id], id),
    expand: (id: string) => set(expanded.includes(id) ? expanded : [...expanded, id], id),
    select: (id: string | null) => set(expanded, id, true),
  };
}
