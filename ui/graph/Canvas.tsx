/** The drawn graph. Arrow keys move between entities, Enter or a double click expands one. */
import Graph from 'graphology';
import { useEffect, useEffectEvent, useRef, useState, type KeyboardEvent } from 'react';
import Sigma from 'sigma';
import { typeColours } from '../parts/EntityDot.tsx';
import { useTheme } from '../theme.ts';
import { drawingSettings, inks, type LabelRoom } from './drawing.ts';
import { markChosen } from './mark-chosen.ts';
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

function build(model: GraphModel, positions: Positions, aspect: number): Graph {
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
  placeNodes(graph, positions, aspect);
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
    const { clientWidth, clientHeight } = box.current;
    const graph = build(model, positions, clientWidth / Math.max(1, clientHeight));
    const room: LabelRoom = [];
    const drawn = new Sigma(graph, box.current, drawingSettings(theme, model.links.length, room));
    drawn.on('beforeRender', () => void (room.length = 0));
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
