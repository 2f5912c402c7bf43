/** How the chosen entity is connected to another one: the shortest ways along facts, with their sentences. */
import { useState } from 'react';
import type { Entity } from '../../api/contract/index.ts';
import { useFactPaths } from '../client/graph.ts';
import { Loaded } from '../parts/states.tsx';
import { useWorkspaceId } from '../shell/use-workspace-id.ts';
import { EntitySearch } from './EntitySearch.tsx';
import { FactLine } from './FactLine.tsx';
import { SupportLinks } from './SupportLinks.tsx';

export function PathFinder({ from }: { from: Entity }) {
  const [to, setTo] = useState<string | null>(null);
  const found = useFactPaths(useWorkspaceId(), from.id, to);
  return (
    <div className="mt-3">
      <EntitySearch label="Find a path to" hotkey={false} onChoose={setTo} />
      {to !== null && (
        <Loaded query={found} label="Looking for a path">
          {({ paths }) =>
            paths.length === 0 ? (
              <p role="status" className="mt-2 text-muted">
                No path of up to four facts.
              </p>
            ) : (
              <ol aria-label="Paths" className="mt-2 space-y-2">
                {paths.map((path) => (
                  <li
                    key={path.facts.map((fact) => fact.id).join(' ')}
                    className="border-l-2 border-line-strong pl-3"
                  >
                    {path.facts.map((fact) => (
                      <div key={fact.id}>
                        <FactLine fact={fact} />
                        <SupportLinks fact={fact} />
                      </div>
                    ))}
                  </li>
                ))}
              </ol>
            )
          }
        </Loaded>
      )}
    </div>
  );
}
