/** The long computations over the graph, on plain columns: they run in this thread or in another. */
import {
  betweennessCentrality,
  degreeCentrality,
  entityGraph,
  leiden,
  mineRules,
  pageRankCentrality,
  type Communities,
  type FactColumns,
  type Rule,
} from '../../graph/index.ts';

export type RankingMethod = 'pagerank' | 'degree' | 'betweenness';

export interface TaskResults {
  communities: Communities;
  pagerank: Float64Array;
  degree: Float64Array;
  betweenness: Float64Array;
  /** Down to a support of 2; a request narrows them. */
  rules: Rule[];
}

export type TaskName = keyof TaskResults;

export function runTask<Name extends TaskName>(
  name: Name,
  columns: FactColumns,
): TaskResults[Name] {
  const tasks: { [Each in TaskName]: () => TaskResults[Each] } = {
    communities: () => leiden(entityGraph(columns)),
    pagerank: () => pageRankCentrality(entityGraph(columns)),
    degree: () => degreeCentrality(entityGraph(columns)),
    betweenness: () => betweennessCentrality(entityGraph(columns)),
    rules: () => mineRules(columns, { minSupport: 2, minHeadCoverage: 0, minPcaConfidence: 0 }),
  };
  return tasks[name]();
}
