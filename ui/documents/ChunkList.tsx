import type { Chunk, Span } from '../../api/contract/index.ts';
import { plural } from '../parts/format.ts';
import { Empty } from '../parts/states.tsx';

type ChunkListProps = { chunks: Chunk[]; shown: Span | null; onShow: (span: Span) => void };

/** The chunks in order; choosing one highlights it in the text. */
export function ChunkList({ chunks, shown, onShow }: ChunkListProps) {
  if (chunks.length === 0) {
    return (
      <div className="py-4">
        <Empty title="No chunks yet">They appear once the document has been read.</Empty>
      </div>
    );
  }
  return (
    <ol className="divide-y divide-line">
      {chunks.map((chunk, index) => (
        <li key={chunk.id}>
          <button
            type="button"
            onClick={() => onShow(chunk.span)}
            aria-pressed={shown?.start === chunk.span.start && shown.end === chunk.span.end}
            className="block w-full px-2 py-2.5 text-left hover:bg-surface aria-pressed:bg-mark aria-pressed:text-on-mark"
          >
            <span className="flex items-baseline gap-2">
              <span className="font-semibold tabular-nums">{index + 1}</span>
              <span className="min-w-0 flex-1 truncate font-semibold">
                {chunk.heading_path.at(-1) ?? 'Text'}
              </span>
            </span>
            <span className="line-clamp-2 font-serif text-[0.9375rem] leading-6">{chunk.text}</span>
            <span className="block text-xs opacity-80 tabular-nums">
              {chunk.page !== null && `Page ${chunk.page}, `}
              {plural(chunk.token_count, 'token')},{' '}
              {chunk.kv_stored ? 'cache stored' : 'no cache yet'}
            </span>
          </button>
        </li>
      ))}
    </ol>
  );
}
