import type Sigma from 'sigma';

const directions: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** The nearest node in the direction of an arrow key, as drawn; the first node when none is chosen. */
export function nearestInDirection(sigma: Sigma, from: string | null, key: string): string | null {
  const direction = directions[key];
  const graph = sigma.getGraph();
  if (!direction) return null;
  if (from === null || !graph.hasNode(from)) return graph.nodes()[0] ?? null;
  const place = (id: string) => {
    const { x, y } = graph.getNodeAttributes(id) as { x: number; y: number };
    return sigma.graphToViewport({ x, y });
  };
  const start = place(from);
  let best: { id: string; cost: number } | null = null;
  for (const id of graph.nodes()) {
    const { x, y } = place(id);
    const ahead = (x - start.x) * direction[0] + (y - start.y) * direction[1];
    const aside = Math.abs((x - start.x) * direction[1]) + Math.abs((y - start.y) * direction[0]);
    const cost = ahead + 2 * aside;
    if (id !== from && ahead > 1 && (!best || cost < best.cost)) best = { id, cost };
  }
  return best?.id ?? null;
}
