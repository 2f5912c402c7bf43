/** Blocks -> sections by their headings. */

import type { Block, ParsedDocument } from '../../graph/index.ts';

export interface Section {
  /** Document title and the headings above, outermost first. */
  readonly path: readonly string[];
  readonly heading: Block | undefined;
  /** Everything below the heading up to the next one. */
  readonly blocks: readonly Block[];
}

/** Longer titles and headings are cut in the path: it is context that stands before every chunk. */
const MAX_HEADING_CHARS = 160;

/** A heading without text of its own is a section too, unless deeper headings carry it in their paths. */
export function sectionsOf(parsed: ParsedDocument): Section[] {
  const title = clip(parsed.title);
  const sections: Section[] = [];
  const above: { level: number; text: string }[] = [];
  let heading: Block | undefined;
  let blocks: Block[] = [];
  const close = (nextLevel: number): void => {
    const isCarried = blocks.length === 0 && nextLevel > (heading?.level ?? 0);
    if (blocks.length > 0 || (heading !== undefined && !isCarried)) {
      sections.push({ path: pathOf(title, above), heading, blocks });
    }
  };
  for (const block of parsed.blocks) {
    if (block.kind !== 'heading') {
      blocks.push(block);
      continue;
    }
    const level = block.level ?? 1;
    close(level);
    while ((above.at(-1)?.level ?? 0) >= level) above.pop();
    above.push({ level, text: clip(parsed.text.slice(block.start, block.end)) });
    heading = block;
    blocks = [];
  }
  close(0);
  return sections;
}

/** The first heading is left out where it only repeats the title. */
function pathOf(title: string, above: readonly { readonly text: string }[]): string[] {
  const headings = above.map(({ text }) => text);
  if (fold(headings[0] ?? '') === fold(title)) headings.shift();
  return [title, ...headings].filter((part) => part !== '');
}

function clip(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  if (line.length <= MAX_HEADING_CHARS) return line;
  const cut = line.slice(0, MAX_HEADING_CHARS).replace(/[\uD800-\uDBFF]$/, '');
  return `${cut.replace(/\s+\S*$/, '')}…`;
}

function fold(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
