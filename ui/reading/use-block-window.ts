import { useState } from 'react';
import type { Block, DocumentText, Span } from '../../api/contract/index.ts';
import { overlaps } from './pieces.ts';

const windowBlocks = 300;

/** A document's blocks, or its paragraphs where the parser named none. */
function blocksOf({ text, blocks }: DocumentText): Block[] {
  if (blocks.length > 0) return blocks;
  const found: Block[] = [];
  for (const match of text.matchAll(/[^\n]+(?:\n(?!\n)[^\n]+)*/g)) {
    found.push({ kind: 'paragraph', start: match.index, end: match.index + match[0].length });
  }
  return found;
}

/** The blocks around a place, a bounded number of them, with ways to show more. */
export function useBlockWindow(document: DocumentText, focus: Span | null) {
  const blocks = blocksOf(document);
  const focused = focus ? blocks.findIndex((block) => overlaps(block, focus)) : 0;
  const key = `${document.document_id} ${focused}`;
  const [extra, setExtra] = useState({ key, before: 0, after: 0 });
  const grown = extra.key === key ? extra : { key, before: 0, after: 0 };
  const from = Math.max(0, focused - windowBlocks / 2 - grown.before);
  const to = Math.min(blocks.length, Math.max(focused, 0) + windowBlocks + grown.after);
  return {
    blocks: blocks.slice(from, to),
    showEarlier:
      from > 0 ? () => setExtra({ ...grown, before: grown.before + windowBlocks }) : null,
    showLater:
      to < blocks.length ? () => setExtra({ ...grown, after: grown.after + windowBlocks }) : null,
  };
}
