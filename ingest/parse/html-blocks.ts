/** An HTML tree -> blocks. Shared by web pages, DOCX (by way of mammoth) and EPUB chapters. */

import * as cheerio from 'cheerio';
import { cleanLine } from './clean-text.ts';
import { tableLines } from './rows.ts';
import type { BlockDraft } from './types.ts';

/** cheerio's tree; the package that defines these types is not one of ours. */
type AnyNode = ReturnType<ReturnType<cheerio.CheerioAPI['root']>['contents']>[number];
type Element = Extract<AnyNode, { readonly attribs: unknown }>;
type Text = Extract<AnyNode, { data: string; nodeType: 3 }>;

const DROPPED = new Set([
  'script',
  'style',
  'noscript',
  'template',
  'iframe',
  'object',
  'embed',
  'svg',
  'canvas',
  'video',
  'audio',
  'head',
  'link',
  'meta',
  'input',
  'button',
  'select',
  'textarea',
  'dialog',
  'map',
  'math',
]);

const BLOCK_TAGS = new Set([
  'address',
  'article',
  'aside',
  'blockquote',
  'body',
  'center',
  'dd',
  'details',
  'div',
  'dl',
  'dt',
  'fieldset',
  'figcaption',
  'figure',
  'footer',
  'form',
  'h1',
  'h2',
  'h3',
  'h4',
  'h5',
  'h6',
  'header',
  'hr',
  'html',
  'li',
  'main',
  'nav',
  'ol',
  'p',
  'pre',
  'section',
  'summary',
  'table',
  'ul',
  'hgroup',
  'search',
  'menu',
]);

/** Deeper nesting than any real page has; what is deeper is read as plain text, so the stack cannot overflow. */
const MAX_DEPTH = 500;

export function htmlBlocks(nodes: readonly AnyNode[]): BlockDraft[] {
  const writer = new BlockWriter();
  for (const node of nodes) writer.visit(node, 'paragraph', 0);
  writer.flush('paragraph');
  return writer.blocks;
}

/** The words of an HTML snippet on one line. */
export function htmlFragmentText(html: string): string {
  const $ = cheerio.load(html, null, false);
  return htmlBlocks($.root().contents().toArray())
    .map((block) => block.text)
    .join(' ');
}

type TextKind = 'paragraph' | 'list_item';

/** Collects inline text until a block element ends it. */
class BlockWriter {
  readonly blocks: BlockDraft[] = [];
  #inline: string[] = [];

  visit(node: AnyNode, kind: TextKind, depth: number): void {
    if (isText(node)) this.#inline.push(node.data);
    if (!isElement(node)) return;
    if (depth > MAX_DEPTH) {
      this.#inline.push(` ${textOf(node)} `);
      return;
    }
    const tag = node.name.toLowerCase();
    if (DROPPED.has(tag) || isHidden(node)) return;
    if (tag === 'br') this.#inline.push('\n');
    else if (/^h[1-6]$/.test(tag)) this.#writeHeading(node, Number(tag[1]), kind);
    else if (tag === 'pre') this.#writeCode(node, kind);
    else if (tag === 'table') this.#writeTable(node, kind, depth);
    else if (tag === 'dl') this.#writeDefinitions(node, kind, depth);
    else this.#visitChildren(node, tag, kind, depth);
  }

  flush(kind: TextKind): void {
    const text = cleanLine(this.#inline.join(''));
    this.#inline = [];
    if (text !== '') this.blocks.push({ kind, text });
  }

  #visitChildren(node: Element, tag: string, kind: TextKind, depth: number): void {
    const isBlock = BLOCK_TAGS.has(tag);
    const inner = tag === 'li' ? 'list_item' : kind;
    if (isBlock) this.flush(kind);
    for (const child of node.children) this.visit(child, inner, depth + 1);
    if (isBlock) this.flush(inner);
  }

  #writeHeading(node: Element, level: number, kind: TextKind): void {
    this.flush(kind);
    const text = cleanLine(textOf(node));
    if (text !== '') this.blocks.push({ kind: 'heading', level, text });
  }

  #writeCode(node: Element, kind: TextKind): void {
    this.flush(kind);
    const text = textOf(node);
    if (text.trim() !== '') this.blocks.push({ kind: 'code', text });
  }

  #writeTable(table: Element, kind: TextKind, depth: number): void {
    this.flush(kind);
    const rows = tableRows(table);
    if (isLayoutTable(table, rows)) {
      for (const cell of rows.flat()) {
        for (const child of cell.children) this.visit(child, kind, depth + 1);
        this.flush(kind);
      }
      return;
    }
    for (const text of readTable(rows)) this.blocks.push({ kind: 'table_row', text });
  }

  /** Term and definition as "term: definition". */
  #writeDefinitions(list: Element, kind: TextKind, depth: number): void {
    this.flush(kind);
    let term = '';
    for (const child of list.children.flatMap((item) =>
      isElement(item) && item.name === 'div' ? item.children : [item],
    )) {
      if (!isElement(child)) continue;
      const text = cleanLine(textOf(child));
      if (child.name === 'dt') term = text.replace(/:$/, '');
      else if (child.name === 'dd' && text !== '') {
        if (term !== '' && text.length <= 300)
          this.blocks.push({ kind: 'table_row', text: `${term}: ${text}` });
        else this.visit(child, 'paragraph', depth + 1);
      }
    }
  }
}

function readTable(rows: readonly Element[][]): string[] {
  const texts = rows.map((row) => row.map((cell) => cleanLine(textOf(cell))));
  const filled = texts
    .map((row, index) => ({ row, cells: rows[index] ?? [] }))
    .filter(({ row }) => row.some((text) => text !== ''));
  const [first, ...rest] = filled;
  if (first === undefined) return [];
  const isHeader =
    first.cells.length > 1 &&
    first.cells.every(
      (cell, index) => cell.name === 'th' || first.row[index] === '' || inThead(cell),
    );
  if (isHeader && rest.length > 0)
    return tableLines(
      rest.map(({ row }) => row),
      first.row,
    );
  // DOCX and sloppy pages mark no header: a first row of short words over three or more columns serves as one.
  const guess =
    first.row.length > 2 &&
    rest.length > 1 &&
    first.row.every((text) => text !== '' && text.length <= 40 && !/\d/.test(text));
  if (guess)
    return tableLines(
      rest.map(({ row }) => row),
      first.row,
    );
  return tableLines(
    filled.map(({ row }) => row),
    undefined,
  );
}

function tableRows(table: Element): Element[][] {
  const rows: Element[][] = [];
  const walk = (node: Element): void => {
    for (const child of node.children) {
      if (!isElement(child)) continue;
      if (child.name === 'tr')
        rows.push(
          child.children
            .filter(isElement)
            .filter((cell) => cell.name === 'td' || cell.name === 'th'),
        );
      else if (child.name === 'thead' || child.name === 'tbody' || child.name === 'tfoot')
        walk(child);
    }
  };
  walk(table);
  return rows;
}

/** Tables that hold a page together: nested tables, headings or several paragraphs in a cell, or one cell. */
function isLayoutTable(table: Element, rows: readonly Element[][]): boolean {
  if (rows.every((row) => row.length <= 1)) return true;
  if (rows.flat().some((cell) => cell.name === 'th')) return false;
  const $ = cheerio.load(table, null, false);
  return (
    $('td table, td h1, td h2, td h3').length > 0 ||
    $('td')
      .toArray()
      .some((cell) => $(cell).children('p').length > 2)
  );
}

function inThead(cell: Element): boolean {
  const row = cell.parent;
  return row !== null && isElement(row.parent) && row.parent.name === 'thead';
}

function isHidden(node: Element): boolean {
  if (node.attribs['hidden'] !== undefined || node.attribs['aria-hidden'] === 'true') return true;
  return /display\s*:\s*none|visibility\s*:\s*hidden/i.test(node.attribs['style'] ?? '');
}

function isText(node: AnyNode): node is Text {
  return (node.type as string) === 'text';
}

function isElement(node: unknown): node is Element {
  const type = (node as { type?: string } | null | undefined)?.type;
  return type === 'tag' || type === 'script' || type === 'style';
}

/** Text below a node, with a space where blocks meet and without what is dropped; iterative, trees can be deep. */
export function textOf(root: Element): string {
  const parts: string[] = [];
  const stack: (AnyNode | string)[] = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (typeof node === 'string') parts.push(node);
    else if (isText(node)) parts.push(node.data);
    else if (isElement(node) && (node === root || (!DROPPED.has(node.name) && !isHidden(node)))) {
      if (node.name === 'br') parts.push('\n');
      const edge =
        node !== root && (BLOCK_TAGS.has(node.name) || node.name === 'td' || node.name === 'th')
          ? [' ']
          : [];
      stack.push(...edge);
      for (let index = node.children.length - 1; index >= 0; index -= 1)
        stack.push(node.children[index] as AnyNode);
      stack.push(...edge);
    }
  }
  return parts.join('');
}
