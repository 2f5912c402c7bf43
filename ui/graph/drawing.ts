/** Colours and label drawing of the graph; sigma takes neither CSS variables nor a theme. */
import type { Settings } from 'sigma/settings';
import type { Theme } from '../theme.ts';

export const inks = {
  light: {
    label: '#14222a',
    halo: '#f5f7f7',
    edge: '#a9b6ba',
    edgeLabel: '#4f6069',
    chosen: '#0b5c68',
    faded: '#d5dcde',
  },
  dark: {
    label: '#e3ebec',
    halo: '#0f1619',
    edge: '#4d5f66',
    edgeLabel: '#9fb0b6',
    chosen: '#74cbd2',
    faded: '#263339',
  },
};

const font = "'Segoe UI', Roboto, Inter, 'Noto Sans', 'Liberation Sans', sans-serif";

const labelGap = 4;

type LabelData = { x: number; y: number; size: number; label?: string | null };

type Box = { left: number; right: number; top: number; bottom: number };

/** Labels drawn in one frame: what would cover another one is left out. Cleared before each frame. */
export type LabelRoom = Box[];

const overlap = (a: Box, b: Box) =>
  a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

/** Right of the node, else left of it, else below; undefined where each place is cut off or taken. */
function labelPlace(
  context: CanvasRenderingContext2D,
  { x, y, size, label }: LabelData,
  labelSize: number,
  room: LabelRoom,
): { x: number; y: number; box: Box } | undefined {
  const { width } = context.measureText(label ?? '');
  const stageWidth = context.canvas.width / context.getTransform().a;
  const middle = y + labelSize / 3;
  const starts = [
    { x: x + size + labelGap, y: middle },
    { x: x - size - labelGap - width, y: middle },
    { x: x - width / 2, y: y + size + labelGap + labelSize },
  ];
  return starts
    .map((start) => ({ ...start, box: boxAt(start, width, labelSize) }))
    .find(
      ({ box }) =>
        box.left >= 0 && box.right <= stageWidth && !room.some((other) => overlap(box, other)),
    );
}

function boxAt({ x, y }: { x: number; y: number }, width: number, labelSize: number): Box {
  return { left: x, right: x + width, top: y - labelSize, bottom: y + labelSize / 4 };
}

/** More links than these: their words would cover each other and the names. */
const mostEdgeLabels = 15;

export function drawingSettings(theme: Theme, links: number, room: LabelRoom): Partial<Settings> {
  const ink = inks[theme];
  const drawLabel: Settings['defaultDrawNodeLabel'] = (context, data, settings) => {
    if (!data.label) return;
    const strong = data.highlighted ? 600 : 500;
    context.font = `${strong} ${settings.labelSize}px ${font}`;
    context.lineWidth = 4;
    context.lineJoin = 'round';
    context.strokeStyle = ink.halo;
    context.fillStyle = ink.label;
    const free = data.highlighted ? [] : room;
    const place = labelPlace(context, data, settings.labelSize, free);
    if (!place) return;
    room.push(place.box);
    context.strokeText(data.label, place.x, place.y);
    context.fillText(data.label, place.x, place.y);
  };
  const drawHover: Settings['defaultDrawNodeHover'] = (context, data, settings) => {
    context.beginPath();
    context.arc(data.x, data.y, data.size + 3, 0, Math.PI * 2);
    context.lineWidth = 2.5;
    context.strokeStyle = ink.chosen;
    context.stroke();
    drawLabel(context, { ...data, highlighted: true }, settings);
  };
  return {
    renderEdgeLabels: links <= mostEdgeLabels,
    defaultEdgeType: 'arrow',
    enableEdgeEvents: true,
    labelFont: font,
    labelSize: 13,
    labelDensity: 1.6,
    labelRenderedSizeThreshold: 3,
    edgeLabelFont: font,
    edgeLabelSize: 11,
    edgeLabelColor: { color: ink.edgeLabel },
    stagePadding: 60,
    zIndex: true,
    defaultDrawNodeLabel: drawLabel,
    defaultDrawNodeHover: drawHover,
  };
}
