/** Sets the chosen entity or link, and what lies directly around it, apart from the rest of the drawing. */
import type Sigma from 'sigma';
import type { inks } from './drawing.ts';
import type { GraphModel } from './model.ts';

/** More labels than these would cover each other; sigma then chooses which have room. */
const maxForcedLabels = 14;

export function markChosen(
  sigma: Sigma,
  model: GraphModel,
  chosen: string | null,
  ink: (typeof inks)['light'],
): void {
  const graph = sigma.getGraph();
  const link = model.links.find(({ facts }) => facts.some((fact) => fact.id === chosen));
  const node = chosen !== null && graph.hasNode(chosen) ? chosen : null;
  const edges = new Set(node ? graph.edges(node) : link ? [link.id] : []);
  const nodes = new Set(
    node ? [node, ...graph.neighbors(node)] : link ? [link.source, link.target] : [],
  );
  const none = nodes.size === 0;
  const forceLabel = nodes.size <= maxForcedLabels && !none;
  sigma.setSetting('nodeReducer', (id, data) => {
    if (none || nodes.has(id)) return { ...data, highlighted: id === node, forceLabel, zIndex: 1 };
    return { ...data, color: ink.faded, label: '', zIndex: 0 };
  });
  sigma.setSetting('edgeReducer', (id, data) => {
    if (none) return { ...data, color: ink.edge };
    if (edges.has(id)) return { ...data, color: ink.chosen, forceLabel, zIndex: 1 };
    return { ...data, color: ink.faded, label: '', zIndex: 0 };
  });
}
