/** Places the nodes: ForceAtlas2, a bounded number of steps, from a start that is the same each time. */
import type Graph from 'graphology';
import forceAtlas2 from 'graphology-layout-forceatlas2';

export type Positions = Map<string, { x: number; y: number }>;

/** Steps shrink as the graph grows, so that placing never takes much longer than a frame or ten. */
const stepBudget = 24_000;

/** @param aspect width by height of what is drawn on: the graph fills it, and labels stand beside their nodes */
export function placeNodes(graph: Graph, known: Positions, aspect: number): void {
  const stretch = Math.min(2, Math.max(0.6, aspect));
  let index = 0;
  graph.forEachNode((id) => {
    const start = known.get(id) ?? startOf(graph, id, index++, known);
    graph.mergeNodeAttributes(id, start);
  });
  if (graph.order < 2) return;
  const iterations = Math.min(300, Math.max(40, Math.round(stepBudget / graph.order)));
  forceAtlas2.assign(graph, {
    iterations,
    settings: {
      ...forceAtlas2.inferSettings(graph),
      gravity: 0.6,
      scalingRatio: 12,
      linLogMode: false,
    },
  });
  graph.forEachNode((id, { x, y }) => {
    known.set(id, { x, y });
    graph.setNodeAttribute(id, 'x', x * stretch);
  });
}

/** Near a placed neighbour, or on a sunflower spiral. */
function startOf(graph: Graph, id: string, index: number, known: Positions) {
  const angle = index * 2.39996;
  const neighbour = graph.neighbors(id).find((other) => known.has(other));
  const centre = (neighbour === undefined ? undefined : known.get(neighbour)) ?? { x: 0, y: 0 };
  const radius = neighbour === undefined ? 4 * Math.sqrt(index + 1) : 3;
  return { x: centre.x + radius * Math.cos(angle), y: centre.y + radius * Math.sin(angle) };
}
