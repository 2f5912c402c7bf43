import { useStartingEntities } from '../client/graph.ts';
import { EntityDot } from '../parts/EntityDot.tsx';
import { plural } from '../parts/format.ts';
import { Empty, Loaded } from '../parts/states.tsx';
import { useWorkspaceId } from '../shell/use-workspace-id.ts';
import { Topics } from './Topics.tsx';

/** Before an entity is chosen: some to start from. */
export function StartingPoints({ onChoose }: { onChoose: (id: string) => void }) {
  const entities = useStartingEntities(useWorkspaceId());
  return (
    <section aria-labelledby="starting-points" className="mt-6 max-w-3xl">
      <h2 id="starting-points" className="text-sm font-semibold text-muted">
        Start from an entity, or from the fact path of an answer
      </h2>
      <Loaded query={entities} label="Loading the entities">
        {(data) =>
          data.length === 0 ? (
            <div className="mt-3">
              <Empty title="The graph is empty">
                Facts appear here once documents have been read.
              </Empty>
            </div>
          ) : (
            <ul className="mt-2 grid border-t border-line sm:grid-cols-2 sm:gap-x-8">
              {data.map((entity) => (
                <li key={entity.id} className="border-b border-line">
                  <button
                    type="button"
                    onClick={() => onChoose(entity.id)}
                    className="flex w-full items-center gap-2.5 px-1 py-2 text-left hover:bg-surface"
                  >
                    <EntityDot type={entity.type} />
                    <span className="min-w-0 flex-1 truncate font-semibold">{entity.name}</span>
                    <span className="text-xs text-muted tabular-nums">
                      {plural(entity.fact_count, 'fact')},{' '}
                      {plural(entity.document_count, 'document')}
                    </span>
                  </button>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      <Topics onChoose={onChoose} />
    </section>
  );
}
