/** Markdown (GitHub flavour) through its syntax tree; the text keeps the words and drops the marks. */

import type { List, ListItem, Nodes, Root, RootContent, Table, TableRow } from 'mdast';
import { decodeText } from './decode-text.ts';
import { htmlFragmentText } from './html-blocks.ts';
import { tableLines } from './rows.ts';
import type { BlockDraft, Draft, Source } from './types.ts';

export async function parseMarkdown(source: Source): Promise<Draft> {
  const { unified } = await import('unified');
  const { default: remarkParse } = await import('remark-parse');
  const { default: remarkGfm } = await import('remark-gfm');
  const { front, body } = splitFrontMatter(
    decodeText(source.bytes, source.name).replace(/^\uFEFF/, ''),
  );
  const root: Root = unified().use(remarkParse).use(remarkGfm).parse(body);
  const blocks: BlockDraft[] = [];
  for (const node of root.children) writeNode(blocks, node);
  return { title: front.get('title'), blocks };
}

/** Only flat `key: value` lines are understood; that is enough for a title. */
function splitFrontMatter(text: string): { front: Map<string, string>; body: string } {
  const match = /^---[ \t]*\r?\n([\s\S]*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|$)/.exec(text);
  const front = new Map<string, string>();
  if (match === null) return { front, body: text };
  for (const line of (match[1] ?? '').split(/\r?\n/)) {
    const pair = /^([\w-]+):\s*(.+?)\s*$/.exec(line);
    if (pair?.[1] !== undefined && pair[2] !== undefined)
      front.set(pair[1].toLowerCase(), unquote(pair[2]));
  }
  return { front, body: text.slice(match[0].length) };
}

function unquote(value: string): string {
  return /^(["'])(.*)\1$/.exec(value)?.[2] ?? value;
}

function writeNode(out: BlockDraft[], node: RootContent): void {
  switch (node.type) {
    case 'heading':
      out.push({ kind: 'heading', level: node.depth, text: inlineText(node) });
      break;
    case 'paragraph':
      out.push({ kind: 'paragraph', text: inlineText(node) });
      break;
    case 'blockquote':
    case 'footnoteDefinition':
      for (const child of node.children) writeNode(out, child);
      break;
    case 'list':
      writeList(out, node);
      break;
    case 'table':
      writeTable(out, node);
      break;
    case 'code':
      out.push({ kind: 'code', text: node.value });
      break;
    case 'html':
      out.push({ kind: 'paragraph', text: htmlFragmentText(node.value) });
      break;
    default:
      break;
  }
}

function writeList(out: BlockDraft[], list: List): void {
  for (const item of list.children) writeListItem(out, item);
}

function writeListItem(out: BlockDraft[], item: ListItem): void {
  for (const child of item.children) {
    if (child.type === 'paragraph') out.push({ kind: 'list_item', text: inlineText(child) });
    else writeNode(out, child);
  }
}

function writeTable(out: BlockDraft[], table: Table): void {
  const [head, ...rows] = table.children.map(cellTexts);
  if (head === undefined) return;
  const header = head.every((cell) => cell.trim() === '') ? undefined : head;
  const lines = rows.length === 0 ? [head.join('; ')] : tableLines(rows, header);
  for (const text of lines) out.push({ kind: 'table_row', text });
}

function cellTexts(row: TableRow): string[] {
  return row.children.map(inlineText);
}

/** Words of inline nodes; an image counts with its description. */
function inlineText(node: Nodes): string {
  switch (node.type) {
    case 'text':
    case 'inlineCode':
      return node.value;
    case 'break':
      return '\n';
    case 'html':
      return /^<br\s*\/?>$/i.test(node.value) ? '\n' : '';
    case 'image':
    case 'imageReference':
      return node.alt ?? '';
    case 'footnoteReference':
      return '';
    default:
      return 'children' in node ? node.children.map((child) => inlineText(child)).join('') : '';
  }
}
