/** A plot of quality against time to first token, one line a policy, as SVG. */

export interface PlotPoint {
  readonly x: number;
  readonly y: number;
  readonly label: string;
}

export interface PlotLine {
  readonly name: string;
  readonly points: readonly PlotPoint[];
}

export interface PlotLevel {
  readonly name: string;
  readonly y: number;
}

const WIDTH = 860;
const HEIGHT = 520;
const MARGIN = { left: 70, right: 150, top: 50, bottom: 60 };
/** Told apart also without colour vision (Okabe & Ito). */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];

export function plot(
  title: string,
  axes: { x: string; y: string },
  lines: readonly PlotLine[],
  levels: readonly PlotLevel[],
): string {
  const points = lines.flatMap((line) => line.points);
  const xs = scale(
    points.map(({ x }) => x),
    [MARGIN.left, WIDTH - MARGIN.right],
  );
  const ys = scale(
    [...points.map(({ y }) => y), ...levels.map(({ y }) => y)],
    [HEIGHT - MARGIN.bottom, MARGIN.top],
  );
  const body = [
    text(WIDTH / 2 - 40, 24, title, 'font-size="16" font-weight="600" text-anchor="middle"'),
    ...axisLines(axes, xs, ys),
    ...levels.map(({ name, y }) => level(name, ys.at(y))),
    ...lines.map((line, i) => curve(line, COLOURS[i % COLOURS.length]!, xs, ys, i)),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#fff"/>
${body.join('\n')}
</svg>
`;
}

interface Scale {
  at(value: number): number;
  readonly ticks: readonly number[];
}

function scale(values: readonly number[], [from, to]: readonly [number, number]): Scale {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const step = tickStep((high - low || 1) / 5);
  const [first, last] = [Math.floor(low / step) * step, Math.ceil(high / step + 1e-9) * step];
  const count = Math.round((last - first) / step);
  return {
    at: (value) => from + ((value - first) / (last - first)) * (to - from),
    ticks: Array.from({ length: count + 1 }, (_, i) => first + i * step),
  };
}

/** 1, 2 or 5 times a power of ten. */
function tickStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].find((each) => each * power >= rough)! * power;
}

function axisLines(axes: { x: string; y: string }, xs: Scale, ys: Scale): string[] {
  const [left, right] = [MARGIN.left, WIDTH - MARGIN.right];
  const bottom = HEIGHT - MARGIN.bottom;
  return [
    ...ys.ticks.flatMap((tick) => [
      `<path d="M${left} ${ys.at(tick)}H${right}" stroke="#e3e3e3"/>`,
      text(left - 8, ys.at(tick) + 4, shortNumber(tick), 'text-anchor="end" fill="#444"'),
    ]),
    ...xs.ticks.map((tick) =>
      text(xs.at(tick), bottom + 18, shortNumber(tick), 'text-anchor="middle" fill="#444"'),
    ),
    `<path d="M${left} ${bottom}H${right}" stroke="#444"/>`,
    text((left + right) / 2, HEIGHT - 16, axes.x, 'text-anchor="middle"'),
    text(
      -(HEIGHT - MARGIN.bottom + MARGIN.top) / 2,
      20,
      axes.y,
      'text-anchor="middle" transform="rotate(-90)"',
    ),
  ];
}

function level(name: string, y: number): string {
  const right = WIDTH - MARGIN.right;
  const line = `<path d="M${MARGIN.left} ${y}H${right}" stroke="#000" stroke-dasharray="5 4"/>`;
  return `${line}${text(MARGIN.left + 8, y - 6, name, '')}`;
}

function curve(line: PlotLine, colour: string, xs: Scale, ys: Scale, index: number): string {
  const at = line.points.map(({ x, y }) => [xs.at(x), ys.at(y)] as const);
  const path = at.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`);
  const dots = at.map(([x, y], i) => {
    const name = `${line.name} ${line.points[i]!.label}`;
    const dot = `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="4" fill="${colour}"><title>${name}</title></circle>`;
    return `${dot}${text(x, y + 18, line.points[i]!.label, 'font-size="10" fill="#444" text-anchor="middle"')}`;
  });
  const legendY = MARGIN.top + 24 + index * 20;
  const legendX = WIDTH - MARGIN.right + 10;
  return [
    `<path d="${path.join('')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
    ...dots,
    `<circle cx="${legendX + 4}" cy="${legendY - 4}" r="5" fill="${colour}"/>`,
    text(legendX + 16, legendY, line.name, ''),
  ].join('');
}

function text(x: number, y: number, content: string, attributes: string): string {
  const safe = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x}" y="${y}" ${attributes}>${safe}</text>`;
}

function shortNumber(value: number): string {
  return Number(value.toPrecision(6)).toString();
}
