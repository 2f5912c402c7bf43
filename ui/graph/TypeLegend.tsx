import { EntityDot } from '../parts/EntityDot.tsx';
import type { GraphModel } from './model.ts';

export function TypeLegend({ model }: { model: GraphModel }) {
  const types = [...new Set([...model.entities.values()].map((entity) => entity.type))].sort();
  return (
    <ul aria-label="Colours" className="flex flex-wrap gap-x-3 text-xs text-muted">
      {types.map((type) => (
        <li key={type} className="flex items-center gap-1.5">
          <span aria-hidden>
            <EntityDot type={type} />
          </span>
          {type}
        </li>
      ))}
    </ul>
  );
}
