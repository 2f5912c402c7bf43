/**
 * The prompt from first to last token. Low and cool: taken from the cache. Tall and warm: computed now.
 * Height carries the same as colour, and a table says it in numbers.
 */
import type { ContextChunk, RibbonRun } from '../../api/contract/index.ts';
import { formatCount, plural } from '../parts/format.ts';

const kinds: Record<RibbonRun['kind'], { label: string; colour: string; height: number }> = {
  prefix: { label: 'System prefix, cached', colour: 'var(--run-prefix)', height: 0.42 },
  cached: { label: 'Chunk, from the cache', colour: 'var(--run-cached)', height: 0.42 },
  recomputed: { label: 'Chunk, recomputed', colour: 'var(--run-recomputed)', height: 1 },
  fresh: { label: 'Chunk, not in the cache', colour: 'var(--run-fresh)', height: 1 },
  question: { label: 'Question', colour: 'var(--run-question)', height: 1 },
  answer: { label: 'Answer', colour: 'var(--run-answer)', height: 1 },
};
const order = Object.keys(kinds) as RibbonRun['kind'][];

type TokenRibbonProps = { ribbon: RibbonRun[]; context: ContextChunk[]; policy: string | null };

export function TokenRibbon({ ribbon, context, policy }: TokenRibbonProps) {
  const total = ribbon.reduce((sum, run) => sum + run.tokens, 0);
  const counts = order.map((kind) => ({ kind, tokens: tokensOf(ribbon, kind) })).filter(({ tokens }) => tokens > 0);
  const spoken = counts.map(({ kind, tokens }) => `${kinds[kind].label}: ${tokens}`).join('; ');
  const titles = new Map(context.map((chunk) => [chunk.chunk_id, chunk.document_title]));
  return (
    <figure className="mt-4">
      <Bar ribbon={ribbon} total={total} label={`Tokens of the prompt, in order. ${spoken}.`} />
      <ChunkNames ribbon={ribbon} titles={titles} />
      <figcaption className="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted tabular-nums">
        {counts.map(({ kind, tokens }) => (
          <span key={kind} className="flex items-center gap-1.5">
            <span
              aria-hidden
              className="inline-block w-2.5 self-end rounded-[1px]"
              style={{ backgroundColor: kinds[kind].colour, height: `${0.75 * kinds[kind].height}rem`, marginBottom: '0.2rem' }}
            />
            {kinds[kind].label} <span className="text-ink">{formatCount(tokens)}</span>
          </span>
        ))}
      </figcaption>
      <details className="mt-1.5 text-xs text-muted">
        <summary>As a table{policy && `; recomputation policy: ${policy}`}</summary>
        <RunTable ribbon={ribbon} titles={titles} />
      </details>
    </figure>
  );
}

const tokensOf = (ribbon: RibbonRun[], kind: RibbonRun['kind']) =>
  ribbon.reduce((sum, run) => (run.kind === kind ? sum + run.tokens : sum), 0);

/** A single token of a long prompt is narrower than a pixel; it is drawn this part of the width at least. */
const leastWidth = 1 / 640;

/** Recomputed tokens stand on the cached ones of their chunk, so that no seams show between runs. */
function Bar({ ribbon, total, label }: { ribbon: RibbonRun[]; total: number; label: string }) {
  const base = placed(ribbon.map((run) => (run.kind === 'recomputed' ? { ...run, kind: 'cached' as const } : run)));
  const computed = placed(ribbon, false).filter((run) => run.kind === 'recomputed');
  const rect = (run: Placed) => {
    const { colour, height } = kinds[run.kind];
    const width = Math.max(run.tokens, total * leastWidth);
    return <rect key={`${run.kind} ${run.start}`} x={run.start} y={1 - height} width={width} height={height} fill={colour} />;
  };
  return (
    <svg role="img" aria-label={label} viewBox={`0 0 ${total} 1`} preserveAspectRatio="none" className="block h-9 w-full">
      {base.map(rect)}
      {computed.map(rect)}
    </svg>
  );
}

type Placed = { kind: RibbonRun['kind']; start: number; tokens: number };

/** Runs with their place; with `merge`, neighbours of one kind become one. */
function placed(ribbon: RibbonRun[], merge = true): Placed[] {
  const runs: Placed[] = [];
  let start = 0;
  for (const { kind, tokens } of ribbon) {
    const last = runs.at(-1);
    if (merge && last?.kind === kind) last.tokens += tokens;
    else runs.push({ kind, start, tokens });
    start += tokens;
  }
  return runs;
}

/** Neighbouring runs of one chunk, or outside any. */
function groupByChunk(ribbon: RibbonRun[]): { start: number; chunkId: string | null; tokens: number }[] {
  const groups: { start: number; chunkId: string | null; tokens: number }[] = [];
  let start = 0;
  for (const run of ribbon) {
    const last = groups.at(-1);
    if (last?.chunkId === run.chunk_id) last.tokens += run.tokens;
    else groups.push({ start, chunkId: run.chunk_id, tokens: run.tokens });
    start += run.tokens;
  }
  return groups;
}

/** A chunk narrower than this part of the ribbon has no room for its name; the table has it. */
const leastNamed = 0.07;

function ChunkNames({ ribbon, titles }: { ribbon: RibbonRun[]; titles: Map<string, string> }) {
  const total = ribbon.reduce((sum, run) => sum + run.tokens, 0);
  return (
    <div aria-hidden className="flex text-2xs text-muted">
      {groupByChunk(ribbon).map((group) => (
        <span
          key={group.start}
          title={group.chunkId ? titles.get(group.chunkId) : undefined}
          className={`truncate pl-0.5 ${group.chunkId ? 'border-l border-line-strong' : ''}`}
          style={{ flex: `${group.tokens} 1 0`, minWidth: 0 }}
        >
          {group.chunkId && group.tokens > total * leastNamed && titles.get(group.chunkId)}
        </span>
      ))}
    </div>
  );
}

function RunTable({ ribbon, titles }: { ribbon: RibbonRun[]; titles: Map<string, string> }) {
  const rows = groupByChunk(ribbon).map((group) => {
    let at = 0;
    const inside = ribbon.filter((run) => {
      const start = at;
      at += run.tokens;
      return start >= group.start && start < group.start + group.tokens;
    });
    return { ...group, inside };
  });
  return (
    <table className="mt-2 w-full text-left tabular-nums">
      <thead>
        <tr className="border-b border-line">
          <th className="py-1 font-semibold">Part of the prompt</th>
          <th className="py-1 font-semibold">Tokens</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.start} className="border-b border-line align-top">
            <td className="py-1 pr-3">{row.chunkId ? (titles.get(row.chunkId) ?? row.chunkId) : 'Outside the chunks'}</td>
            <td className="py-1">
              {order
                .map((kind) => ({ kind, tokens: tokensOf(row.inside, kind) }))
                .filter(({ tokens }) => tokens > 0)
                .map(({ kind, tokens }) => `${kinds[kind].label.toLowerCase()}: ${formatCount(tokens)}`)
                .join('; ')}
            </td>
          </tr>
        ))}
        <tr>
          <th className="py-1 font-semibold">Together</th>
          <td className="py-1">{plural(rows.reduce((sum, row) => sum + row.tokens, 0), 'token')}</td>
        </tr>
      </tbody>
    </table>
  );
}
