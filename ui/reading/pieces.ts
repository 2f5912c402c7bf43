/** Cuts a block of document text where a highlight or a chunk begins or ends. */
import type { Span } from '../../api/contract/index.ts';

export type Highlight = { sentence: Span; emphasis: Span | null };
export type Border = { at: number; label: string };
export type Piece = {
  start: number;
  end: number;
  marked: boolean;
  strong: boolean;
  border: string | null;
};

const covers = (span: Span | null | undefined, start: number, end: number) =>
  !!span && span.start <= start && end <= span.end;

/** Pieces in order; together they are exactly `block`. */
export function cutIntoPieces(
  block: Span,
  highlight: Highlight | null,
  borders: Border[],
): Piece[] {
  const inside = borders.filter((border) => border.at >= block.start && border.at < block.end);
  const { sentence, emphasis } = highlight ?? { sentence: null, emphasis: null };
  const ends = [sentence, emphasis].flatMap((span) => (span ? [span.start, span.end] : []));
  const cuts = [block.start, ...ends, ...inside.map((border) => border.at), block.end]
    .filter((at) => at >= block.start && at <= block.end)
    .sort((a, b) => a - b);
  const pieces: Piece[] = [];
  for (const [index, start] of cuts.entries()) {
    const end = cuts[index + 1];
    if (end === undefined || end === start) continue;
    pieces.push({
      start,
      end,
      marked: covers(sentence, start, end),
      strong: covers(emphasis, start, end),
      border: inside.find((border) => border.at === start)?.label ?? null,
    });
  }
  return pieces;
}

/** Runs of neighbouring pieces that are marked, or not. */
export function groupByMark(pieces: Piece[]): Piece[][] {
  const groups: Piece[][] = [];
  for (const piece of pieces) {
    const last = groups.at(-1);
    if (last?.[0]?.marked === piece.marked) last.push(piece);
    else groups.push([piece]);
  }
  return groups;
}

export const overlaps = (a: Span, b: Span) => a.start < b.end && b.start < a.end;
