/**
 * The prompt from first to last token. Low and cool: taken from the cache. Tall and warm: computed now.
 * Height carries the same as colour, and a table says it in numbers.
 */
import type { ContextChunk, RibbonRun } from '../../api/contract/index.ts';
import { formatCount } from '../parts/format.ts';
import { groupByChunk, kinds, order, tokensOf } from './ribbon-runs.ts';
import { RunTable } from './RunTable.tsx';

type TokenRibbonProps = { ribbon: RibbonRun[]; context: ContextChunk[]; policy: string | null };

export function TokenRibbon({ ribbon, context, policy }: TokenRibbonProps) {
  const total = ribbon.reduce((sum, run) => sum + run.tokens, 0);
  const counts = order
    .map((kind) => ({ kind, tokens: tokensOf(ribbon, kind) }))
    .filter(({ tokens }) => tokens > 0);
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
              style={{
                backgroundColor: kinds[kind].colour,
                height: `${0.75 * kinds[kind].height}rem`,
                marginBottom: '0.2rem',
              }}
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

/** A single token of a long prompt is narrower than a pixel; it is drawn this part of the width at least. */
const leastWidth = 1 / 640;

/** Recomputed tokens stand on the cached ones of their chunk, so that no seams show between runs. */
function Bar({ ribbon, total, label }: { ribbon: RibbonRun[]; total: number; label: string }) {
  const base = placed(
    ribbon.map((run) => (run.kind === 'recomputed' ? { ...run, kind: 'cached' as const } : run)),
  );
  const computed = placed(ribbon, false).filter((run) => run.kind === 'recomputed');
  const rect = (run: Placed) => {
    const { colour, height } = kinds[run.kind];
    const width = Math.max(run.tokens, total * leastWidth);
    return (
      <rect
        key={`${run.kind} ${run.start}`}
        x={run.start}
        y={1 - height}
        width={width}
        height={height}
        fill={colour}
      />
    );
  };
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${total} 1`}
      preserveAspectRatio="none"
      className="block h-9 w-full"
    >
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
