/** Lays blocks out into one text: the offsets that citations point to are born here. */

import type { Block, ParsedDocument } from '../../graph/index.ts';
import { cleanLine, cleanLines } from './clean-text.ts';
import { ParseError } from './errors.ts';
import { openingTitle } from './opening-title.ts';
import { isNumbered, titleFromName } from './title.ts';
import type { BlockDraft, Draft, ParseLimits } from './types.ts';

const MAX_TITLE_CHARS = 300;

/**
 * Blocks are joined by an empty line, neighbouring list items and table rows by a line break.
 * Title: the document's own, else its first heading of level 1, else the name its text opens with where the file's name
 * says nothing, else the file's name.
 * @throws ParseError `document_too_large` when the text exceeds `maxTextChars`
 */
export function buildDocument(
  draft: Draft,
  name: string,
  limits: Pick<ParseLimits, 'maxTextChars'>,
): ParsedDocument {
  const parts: string[] = [];
  const blocks: Block[] = [];
  let length = 0;
  let before: BlockDraft | undefined;
  for (const block of draft.blocks) {
    const text = block.kind === 'code' ? cleanLines(block.text) : cleanLine(block.text);
    if (text.trim() === '') continue;
    const separator = before === undefined ? '' : sameGroup(before, block) ? '\n' : '\n\n';
    const start = length + separator.length;
    parts.push(separator, text);
    length = start + text.length;
    if (length > limits.maxTextChars) throw tooMuchText(limits.maxTextChars);
    blocks.push({
      kind: block.kind,
      ...(block.level === undefined ? {} : { level: block.level }),
      ...(block.page === undefined ? {} : { page: block.page }),
      start,
      end: length,
    });
    before = block;
  }
  const text = parts.join('');
  const title = chooseTitle(draft, blocks, text, name);
  return { title, text, blocks, ...(draft.pages === undefined ? {} : { pages: draft.pages }) };
}

function sameGroup(before: BlockDraft, block: BlockDraft): boolean {
  return before.kind === block.kind && (block.kind === 'list_item' || block.kind === 'table_row');
}

function chooseTitle(draft: Draft, blocks: readonly Block[], text: string, name: string): string {
  const own = cleanLine(draft.title ?? '');
  if (own !== '') return own.slice(0, MAX_TITLE_CHARS);
  const heading = blocks.find((block) => block.kind === 'heading' && block.level === 1);
  const fromHeading = heading === undefined ? '' : text.slice(heading.start, heading.end);
  const fromOpening = fromHeading === '' && isNumbered(name) ? openingTitle(text) : '';
  return (fromHeading || fromOpening || titleFromName(name)).slice(0, MAX_TITLE_CHARS);
}

function tooMuchText(maxTextChars: number): ParseError {
  return new ParseError(
    `The document has more than ${maxTextChars.toLocaleString('en')} characters of text`,
    {
      code: 'document_too_large',
      fix: 'Split the document into parts and upload them one by one.',
    },
  );
}
