/** The drawn graph. Arrow keys move between entities, Enter or a double click expands one. */
import Graph from 'graphology';
import { useEffect, useEffectEvent, useRef, useState, type KeyboardEvent } from 'react';
import Sigma from 'sigma';
import { typeColours } from '../parts/EntityDot.tsx';
import { useTheme } from '../theme.ts';
import { drawingSettings, inks } from './drawing.ts';
import { placeNodes, type Positions } from './layout.ts';
import { linkLabel, type GraphModel } from './model.ts';
import { nearestInDirection } from './nearest.ts';

export type CanvasProps = {
  model: GraphModel;
  /** Entity or link (by the id of one of its facts) that is chosen. */
  chosen: string | null;
  onChooseEntity: (id: string) => void;
  onChooseFact: (id: string) => void;
  onExpand: (id: string) => void;
};

function build(model: GraphModel, positions: Positions): Graph {
  const graph = new Graph({ type: 'directed' });
  for (const entity of model.entities.values()) {
    const size = Math.min(15, 5 + Math.sqrt(entity.fact_count) * 1.6);
    graph.addNode(entity.id, { label: entity.name, size, color: typeColours[entity.type] });
  }
  for (const link of model.links) {
    const type = link.oneWay ? 'arrow' : 'line';
    graph.addDirectedEdgeWithKey(link.id, link.source, link.target, {
      label: linkLabel(link),
      size: 2,
      type,
    });
  }
  placeNodes(graph, positions);
  return graph;
}

function hasWebGl(): boolean {
  const context = document.createElement('canvas').getContext('webgl2');
  context?.getExtension('WEBGL_lose_context')?.loseContext();
  return context !== null;
}

export default function Canvas(props: CanvasProps) {
  const { model, chosen } = props;
  const box = useRef<HTMLDivElement>(null);
  const sigma = useRef<Sigma>(null);
  const [positions] = useState<Positions>(() => new Map());
  const [drawable] = useState(hasWebGl);
  const theme = useTheme();
  const onNode = useEffectEvent((id: string) => props.onChooseEntity(id));
  const onEdge = useEffectEvent((linkId: string) => {
    const fact = model.links.find((link) => link.id === linkId)?.facts[0];
    if (fact) props.onChooseFact(fact.id);
  });
  const onExpand = useEffectEvent((id: string) => props.onExpand(id));

  useEffect(() => {
    if (!box.current) return;
    const graph = build(model, positions);
    const drawn = new Sigma(graph, box.current, drawingSettings(theme));
    drawn.on('clickNode', ({ node }) => onNode(node));
    drawn.on('clickEdge', ({ edge }) => onEdge(edge));
    drawn.on('doubleClickNode', (event) => (event.preventSigmaDefault(), onExpand(event.node)));
    sigma.current = drawn;
    return () => {
      drawn.kill();
      sigma.current = null;
    };
  }, [model, positions, theme]);

  useEffect(() => {
    if (sigma.current) markChosen(sigma.current, model, chosen, inks[theme]);
  }, [model, chosen, theme]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && chosen && model.entities.has(chosen))
      return props.onExpand(chosen);
    const next = sigma.current && nearestInDirection(sigma.current, chosen, event.key);
    if (!next) return;
    event.preventDefault();
    props.onChooseEntity(next);
  };

  if (!drawable) {
    return (
      <p className="p-4 text-muted">
        This browser cannot draw the graph (no WebGL). The facts are in the table.
      </p>
    );
  }
  return (
    <div
      ref={box}
      role="group"
      aria-roledescription="graph"
      aria-label={`Graph of ${model.entities.size} entities and ${model.facts.size} facts. Arrow keys move between entities, Enter expands one. The table of facts says the same.`}
      tabIndex={0}
      onKeyDown={onKeyDown}
      className="h-full w-full -outline-offset-2"
    />
  );
}

/** Sets the chosen entity or link and its surroundings apart from the rest. */
function markChosen(
  sigma: Sigma,
  model: GraphModel,
  chosen: string | null,
  ink: (typeof inks)['light'],
): void {
  const graph = sigma.getGraph();
  const edge =
    model.links.find((link) => link.facts.some((fact) => fact.id === chosen))?.id ?? null;
  const node = chosen !== null && graph.hasNode(chosen) ? chosen : null;
  const near = new Set(
    node ? [node, ...graph.neighbors(node)] : edge ? graph.extremities(edge) : graph.nodes(),
  );
  sigma.setSetting('nodeReducer', (id, data) => {
    if (!near.has(id)) return { ...data, color: ink.faded, label: '', zIndex: 0 };
    return {
      ...data,
      highlighted: id === node,
      forceLabel: node !== null || edge !== null,
      zIndex: 1,
    };
  });
  sigma.setSetting('edgeReducer', (id, data) => {
    const lit = id === edge || (node !== null && graph.hasExtremity(id, node));
    if (lit) return { ...data, color: ink.chosen, forceLabel: true, zIndex: 1 };
    const faded = node !== null || edge !== null;
    return {
      ...data,
      color: faded ? ink.faded : ink.edge,
      label: faded ? '' : data.label,
      zIndex: 0,
    };
  });
}
