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

type LabelData = { x: number; size: number; label?: string | null };

/** Right of the node, or left of it where the label would be cut at the right border. */
function labelStart(context: CanvasRenderingContext2D, { x, size, label }: LabelData): number {
  const { width } = context.measureText(label ?? '');
  const right = x + size + labelGap;
  const left = x - size - labelGap - width;
  const stageWidth = context.canvas.width / context.getTransform().a;
  return right + width > stageWidth && left >= 0 ? left : right;
}

export function drawingSettings(theme: Theme): Partial<Settings> {
  const ink = inks[theme];
  const drawLabel: Settings['defaultDrawNodeLabel'] = (context, data, settings) => {
    if (!data.label) return;
    const strong = data.highlighted ? 600 : 500;
    context.font = `${strong} ${settings.labelSize}px ${font}`;
    context.lineWidth = 4;
    context.lineJoin = 'round';
    context.strokeStyle = ink.halo;
    context.fillStyle = ink.label;
    const x = labelStart(context, data);
    const y = data.y + settings.labelSize / 3;
    context.strokeText(data.label, x, y);
    context.fillText(data.label, x, y);
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
    renderEdgeLabels: true,
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
