/** The neighbourhood of one or more entities: drawn, and as a table, with the sentence behind every fact. */
import { lazy, Suspense, useMemo, useState } from 'react';
import { Link } from 'react-router';
import type { Neighbourhood } from '../../api/contract/index.ts';
import { useNeighbourhoods } from '../client/graph.ts';
import { problemOf } from '../client/problem.ts';
import { Button } from '../parts/Button.tsx';
import { plural } from '../parts/format.ts';
import { Loading, ProblemNotice } from '../parts/states.tsx';
import { useTitle } from '../shell/use-title.ts';
import { useWorkspaceId } from '../shell/use-workspace-id.ts';
import { EntitySearch } from './EntitySearch.tsx';
import { FactTable } from './FactTable.tsx';
import { mergeNeighbourhoods } from './model.ts';
import { SelectionPanel } from './SelectionPanel.tsx';
import { StartingPoints } from './StartingPoints.tsx';
import { TypeLegend } from './TypeLegend.tsx';
import { useGraphUrl } from './use-graph-url.ts';

const Canvas = lazy(() => import('./Canvas.tsx'));

const firstLimit = 60;
const maxLimit = 500;

export default function GraphPage() {
  const url = useGraphUrl();
  const workspaceId = useWorkspaceId();
  useTitle('Graph');
  return (
    <div className="mx-auto max-w-[84rem] px-4 py-5">
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3">
        <h1 className="text-2xl font-semibold tracking-tight">Graph</h1>
        <Link
          className="ml-auto text-sm text-accent hover:underline"
          to={`/w/${workspaceId}/names`}
        >
          Names that may mean the same
        </Link>
        <Link className="text-sm text-accent hover:underline" to={`/w/${workspaceId}/schema`}>
          Schema
        </Link>
        <div className="w-full sm:w-80">
          <EntitySearch onChoose={url.startFrom} />
        </div>
      </div>
      {url.expanded.length === 0 ? <StartingPoints onChoose={url.startFrom} /> : <Surroundings />}
    </div>
  );
}

function Surroundings() {
  const workspaceId = useWorkspaceId();
  const { expanded, selected, expand, select, startFrom } = useGraphUrl();
  const [limit, setLimit] = useState(firstLimit);
  const queries = useNeighbourhoods(workspaceId, expanded, limit);
  const loaded = queries
    .map((query) => query.data)
    .filter((data): data is Neighbourhood => data !== undefined);
  const failed = queries.find((query) => query.error);
  const signature = queries.map((query) => query.dataUpdatedAt).join(' ');
  // oxlint-disable-next-line react/exhaustive-deps -- the signature changes exactly when the data does
  const model = useMemo(() => mergeNeighbourhoods(loaded), [signature, limit]);
  const truncated = loaded.some((neighbourhood) => neighbourhood.truncated);

  if (loaded.length === 0 && !failed) return <Loading label="Fetching the neighbourhood" />;
  return (
    <>
      {failed && (
        <div className="mt-4">
          <ProblemNotice problem={problemOf(failed.error)} onRetry={() => void failed.refetch()} />
        </div>
      )}
      <div className="mt-3 flex flex-wrap items-center gap-x-4 gap-y-1 text-sm">
        <p role="status" className="text-muted tabular-nums">
          {plural(model.entities.size, 'entity', 'entities')}, {plural(model.facts.size, 'fact')}
          {truncated && '. More lies here than is shown.'}
        </p>
        {truncated && limit < maxLimit && (
          <Button onClick={() => setLimit(Math.min(maxLimit, limit * 3))}>Show more</Button>
        )}
        <TypeLegend model={model} />
      </div>
      <div className="mt-3 grid gap-4 lg:grid-cols-[minmax(0,1fr)_23rem]">
        <div className="h-[58vh] min-h-80 overflow-hidden rounded-xl border border-line bg-paper">
          <Suspense fallback={<Loading label="Drawing the graph" />}>
            <Canvas
              model={model}
              chosen={selected}
              onChooseEntity={select}
              onChooseFact={select}
              onExpand={expand}
            />
          </Suspense>
        </div>
        <SelectionPanel
          model={model}
          selected={selected}
          expanded={expanded}
          onExpand={expand}
          onSelect={select}
          onReplaced={startFrom}
        />
      </div>
      <FactTable model={model} selected={selected} onSelect={select} />
    </>
  );
}
