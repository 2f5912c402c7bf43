/** The passages the reader was given; for an abstention, the nearest ones, laid open. */
import type { Answer, ContextChunk } from '../../api/contract/index.ts';
import { plural } from '../parts/format.ts';

type PassagesProps = { answer: Answer; open: boolean; onOpen: (chunkId: string) => void };

export function Passages({ answer, open, onOpen }: PassagesProps) {
  if (answer.context.length === 0) return null;
  const title = open ? 'Nearest passages' : `Passages read (${answer.context.length})`;
  return (
    <details open={open} className="group border-t border-line pt-3">
      <summary className="text-sm font-semibold">
        {title}
        {answer.whole_corpus && !open && (
          <span className="ml-2 font-normal text-muted">
            all that could be searched: nothing was left out
          </span>
        )}
      </summary>
      <ol className="mt-2 space-y-4">
        {answer.context.map((chunk) => (
          <li key={chunk.chunk_id}>
            <PassageCard chunk={chunk} onOpen={() => onOpen(chunk.chunk_id)} />
          </li>
        ))}
      </ol>
    </details>
  );
}

function PassageCard({ chunk, onOpen }: { chunk: ContextChunk; onOpen: () => void }) {
  const place = [
    chunk.document_title,
    ...chunk.heading_path.filter((heading) => heading !== chunk.document_title),
  ];
  return (
    <div>
      <div className="flex flex-wrap items-baseline gap-x-3">
        <button
          type="button"
          onClick={onOpen}
          className="min-h-6 text-left font-semibold text-accent hover:underline"
        >
          {place.join(' › ')}
        </button>
        <span className="text-xs text-muted tabular-nums">
          {chunk.page !== null && `page ${chunk.page}, `}
          {plural(chunk.tokens, 'token')}, {chunk.cached ? 'from the cache' : 'computed now'}, score{' '}
          {chunk.score.toFixed(2)}
        </span>
      </div>
      <p className="mt-0.5 line-clamp-4 font-serif text-[0.9375rem] leading-6">
        {chunk.text || 'This document was deleted.'}
      </p>
    </div>
  );
}
