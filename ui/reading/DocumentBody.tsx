/** The text of a document by blocks, with one highlighted passage and, if wanted, chunk borders. Set in serif: the source's own words. */
import { useEffect, useRef } from 'react';
import type { Block, DocumentText } from '../../api/contract/index.ts';
import { Button } from '../parts/Button.tsx';
import { cutIntoPieces, groupByMark, type Border, type Highlight, type Piece } from './pieces.ts';
import { useBlockWindow } from './use-block-window.ts';

type BodyProps = { document: DocumentText; highlight: Highlight | null; borders?: Border[] };

const looks: Record<Block['kind'], string> = {
  heading: 'mt-6 mb-1.5 font-semibold text-balance first:mt-0',
  paragraph: 'my-3',
  list_item: 'my-1.5 ml-5 list-item list-disc',
  table_row: 'my-1 border-b border-line pb-1 text-[0.9375rem]',
  code: 'my-3 overflow-x-auto rounded-md bg-sunken p-3 font-mono text-sm whitespace-pre',
};

const noBorders: Border[] = [];

export function DocumentBody({ document, highlight, borders = noBorders }: BodyProps) {
  const { blocks, showEarlier, showLater } = useBlockWindow(document, highlight?.sentence ?? null);
  const body = useScrollToMark(highlight);
  return (
    <div ref={body} className="font-serif text-read break-words">
      {showEarlier && <Button onClick={showEarlier}>Show earlier text</Button>}
      {blocks.map((block) => (
        <BlockText
          key={block.start}
          block={block}
          text={document.text}
          highlight={highlight}
          borders={borders}
        />
      ))}
      {showLater && <Button onClick={showLater}>Show later text</Button>}
    </div>
  );
}

/** Brings the highlighted passage into view when it changes. */
function useScrollToMark(highlight: Highlight | null) {
  const body = useRef<HTMLDivElement>(null);
  const start = highlight?.sentence.start;
  const end = highlight?.sentence.end;
  useEffect(() => {
    if (start === undefined || end === undefined) return;
    const mark = body.current?.querySelector('mark');
    mark?.scrollIntoView({ block: 'center', behavior: 'auto' });
  }, [start, end]);
  return body;
}

type BlockTextProps = {
  block: Block;
  text: string;
  highlight: Highlight | null;
  borders: Border[];
};

function BlockText({ block, text, highlight, borders }: BlockTextProps) {
  const groups = groupByMark(cutIntoPieces(block, highlight, borders));
  const look =
    block.kind === 'heading'
      ? `${looks.heading} ${block.level === 1 ? 'text-xl' : ''}`
      : looks[block.kind];
  const heading =
    block.kind === 'heading'
      ? { role: 'heading', 'aria-level': Math.min(6, (block.level ?? 1) + 2) }
      : {};
  return (
    <div className={look} {...heading}>
      {groups.map((group) => {
        const pieces = group.map((piece) => (
          <PieceText key={piece.start} piece={piece} text={text} />
        ));
        return group[0]?.marked ? <mark key={group[0].start}>{pieces}</mark> : pieces;
      })}
    </div>
  );
}

/** A chunk border is drawn by CSS, so that it is neither copied nor read as text. */
function PieceText({ piece, text }: { piece: Piece; text: string }) {
  const words = text.slice(piece.start, piece.end);
  const body = piece.strong ? <strong>{words}</strong> : words;
  if (piece.border === null) return body;
  return (
    <>
      <span aria-hidden className="chunk-border" data-label={piece.border} />
      {body}
    </>
  );
}
