/**
 * Writes the binary documents of the sample workspace (PDF, DOCX, EPUB) from their Markdown
 * sources: `npx tsx scripts/make-sample.ts`.
 *
 * The same sources give the same bytes on any day, in any time zone: every date is fixed and
 * nothing is random. These are the smallest writers that honest readers accept, not general
 * converters: the sources use `#` and `##` headings and plain paragraphs, and nothing else.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { strToU8, zipSync, type Zippable } from 'fflate';

const root = fileURLToPath(new URL('..', import.meta.url));
const sourcesDir = join(root, 'ingest/sample/sources');
const filesDir = join(root, 'ingest/sample/files');

const modified = '2026-01-01T00:00:00Z';
// ZIP stores local wall-clock time, so the date is built from local parts, never from UTC.
const zipOptions = { mtime: new Date(2026, 0, 1, 0, 0, 0) };

export interface Block {
  kind: 'title' | 'heading' | 'paragraph';
  text: string;
}

export interface Article {
  title: string;
  /** In reading order; the first block is the title. */
  blocks: Block[];
}

type Writer = (article: Article) => Uint8Array;

const writers: Record<string, Writer> = { '.pdf': toPdf, '.docx': toDocx, '.epub': toEpub };

/** The documents this script writes; each has a source `<stem>.md`. */
export const generatedFiles = ['endurance.pdf', 'roald-amundsen.docx', 'tom-crean.epub'];

/** Path of the Markdown source of a generated document. */
export function sourcePath(file: string): string {
  return join(sourcesDir, `${basename(file, extname(file))}.md`);
}

/** The bytes of one generated document. */
export function renderSample(file: string): Uint8Array {
  const write = writers[extname(file)];
  if (!write) throw new Error(`expected a .pdf, .docx or .epub file, got ${file}`);
  return write(parseArticle(readFileSync(sourcePath(file), 'utf8')));
}

export function parseArticle(markdown: string): Article {
  const blocks = markdown
    .trim()
    .split(/\n\s*\n/)
    .map(parseBlock);
  const first = blocks[0];
  if (first?.kind !== 'title') throw new Error('expected a source that starts with "# Title"');
  return { title: first.text, blocks };
}

function parseBlock(block: string): Block {
  const text = block.replace(/\s+/g, ' ').trim();
  if (text.startsWith('## ')) return { kind: 'heading', text: text.slice(3) };
  if (text.startsWith('# ')) return { kind: 'title', text: text.slice(2) };
  return { kind: 'paragraph', text };
}

// PDF 1.4: two standard fonts, WinAnsiEncoding, one uncompressed content stream per page.

const page = { width: 595, height: 842, margin: 72 };
const pdfStyles = {
  title: { font: 'F2', size: 24, leading: 30, spaceAfter: 14 },
  heading: { font: 'F2', size: 16, leading: 22, spaceAfter: 6 },
  paragraph: { font: 'F1', size: 13, leading: 19, spaceAfter: 11 },
} as const;

interface PlacedBlock {
  block: Block;
  lines: string[];
  /** Height in points, with the space after the block. */
  height: number;
}

function toPdf(article: Article): Uint8Array {
  const pages = paginate(article.blocks.map(layOut)).map(pageContent);
  const pageId = (index: number) => 6 + 2 * index;
  const kids = pages.map((_, index) => `${pageId(index)} 0 R`).join(' ');
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${kids}] /Count ${pages.length} >>`,
    pdfFont('Helvetica'),
    pdfFont('Helvetica-Bold'),
    `<< /Title (${pdfString(article.title)}) /Producer (Graphblend sample) /CreationDate (D:20260101000000Z) >>`,
    ...pages.flatMap((content, index) => [
      pdfPage(pageId(index) + 1),
      `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    ]),
  ];
  return Uint8Array.from(pdfFile(objects), (char) => char.charCodeAt(0));
}

function layOut(block: Block): PlacedBlock {
  const style = pdfStyles[block.kind];
  // A glyph of Helvetica is about half an em wide on average; the ragged right edge forgives the rest.
  const maxChars = Math.floor((page.width - 2 * page.margin) / (style.size * 0.5));
  const lines = wrap(block.text, maxChars);
  return { block, lines, height: lines.length * style.leading + style.spaceAfter };
}

function wrap(text: string, maxChars: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && longer.length > maxChars) lines.push(line);
    line = line !== '' && longer.length > maxChars ? word : longer;
  }
  return [...lines, line];
}

/** Blocks are never split, and a heading stays with the block that follows it. */
function paginate(blocks: PlacedBlock[]): PlacedBlock[][] {
  const pages: PlacedBlock[][] = [[]];
  let room = page.height - 2 * page.margin;
  for (const [index, placed] of blocks.entries()) {
    const next = placed.block.kind === 'paragraph' ? undefined : blocks[index + 1];
    if (placed.height + (next?.height ?? 0) > room) {
      pages.push([]);
      room = page.height - 2 * page.margin;
    }
    pages.at(-1)?.push(placed);
    room -= placed.height;
  }
  return pages;
}

function pageContent(blocks: PlacedBlock[]): string {
  let y = page.height - page.margin;
  return blocks
    .map(({ block, lines, height }) => {
      const style = pdfStyles[block.kind];
      const shown = lines.map((line) => `(${pdfString(line)}) Tj T*`).join('\n');
      const top = y - style.size;
      y -= height;
      return `BT /${style.font} ${style.size} Tf ${style.leading} TL ${page.margin} ${top} Td\n${shown}\nET`;
    })
    .join('\n');
}

function pdfFont(name: string): string {
  return `<< /Type /Font /Subtype /Type1 /BaseFont /${name} /Encoding /WinAnsiEncoding >>`;
}

function pdfPage(contentId: number): string {
  const fonts = '/Resources << /Font << /F1 3 0 R /F2 4 0 R >> >>';
  return `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${page.width} ${page.height}] ${fonts} /Contents ${contentId} 0 R >>`;
}

/** Object n is `objects[n - 1]`; 1 is the catalog and 5 the information dictionary. */
function pdfFile(objects: string[]): string {
  // The comment of high bytes tells transfer programs that the file is binary (PDF 1.4, 3.4.1).
  let body = '%PDF-1.4\n%\xe2\xe3\xcf\xd3\n';
  const offsets = objects.map((object, index) => {
    const offset = body.length;
    body += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return `${String(offset).padStart(10, '0')} 00000 n \n`;
  });
  const count = objects.length + 1;
  const xref = `xref\n0 ${count}\n0000000000 65535 f \n${offsets.join('')}`;
  const trailer = `trailer\n<< /Size ${count} /Root 1 0 R /Info 5 0 R >>`;
  return `${body}${xref}${trailer}\nstartxref\n${body.length}\n%%EOF\n`;
}

function pdfString(text: string): string {
  return toWinAnsi(text).replace(/[\\()]/g, String.raw`\$&`);
}

/** One character per byte. WinAnsi agrees with Latin-1 except in 0x80-0x9f, of which we use four. */
function toWinAnsi(text: string): string {
  const windows: Record<string, string> = { '’': '\x92', '“': '\x93', '”': '\x94', '–': '\x96' };
  const mapped = text.replace(/[’“”–]/g, (char) => windows[char] ?? char);
  const foreign = Array.from(mapped).find((char) => (char.codePointAt(0) ?? 0) > 0xff);
  if (foreign)
    throw new Error(`expected characters of WinAnsiEncoding, got "${foreign}"; reword the source`);
  return mapped;
}

// DOCX: Office Open XML with the built-in heading styles and core properties.

const xmlHeader = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const ooxml = 'http://schemas.openxmlformats.org';
const wordMl = `${ooxml}/wordprocessingml/2006/main`;
const wordStyles = { title: 'Heading1', heading: 'Heading2', paragraph: 'Normal' } as const;

function toDocx(article: Article): Uint8Array {
  return zipText({
    '[Content_Types].xml': docxContentTypes(),
    '_rels/.rels': docxRelationships({
      'word/document.xml': `${ooxml}/officeDocument/2006/relationships/officeDocument`,
      'docProps/core.xml': `${ooxml}/package/2006/relationships/metadata/core-properties`,
    }),
    'docProps/core.xml': docxCore(article.title),
    'word/_rels/document.xml.rels': docxRelationships({
      'styles.xml': `${ooxml}/officeDocument/2006/relationships/styles`,
    }),
    'word/document.xml': docxBody(article.blocks),
    'word/styles.xml': docxStyles(),
  });
}

function docxContentTypes(): string {
  const word = 'application/vnd.openxmlformats-officedocument.wordprocessingml';
  const overrides = {
    '/word/document.xml': `${word}.document.main+xml`,
    '/word/styles.xml': `${word}.styles+xml`,
    '/docProps/core.xml': 'application/vnd.openxmlformats-package.core-properties+xml',
  };
  const parts = Object.entries(overrides)
    .map(([part, type]) => `<Override PartName="${part}" ContentType="${type}"/>`)
    .join('');
  const rels = 'application/vnd.openxmlformats-package.relationships+xml';
  return `${xmlHeader}<Types xmlns="${ooxml}/package/2006/content-types"><Default Extension="rels" ContentType="${rels}"/><Default Extension="xml" ContentType="application/xml"/>${parts}</Types>`;
}

function docxRelationships(typesByTarget: Record<string, string>): string {
  const items = Object.entries(typesByTarget).map(
    ([target, type], index) =>
      `<Relationship Id="rId${index + 1}" Type="${type}" Target="${target}"/>`,
  );
  return `${xmlHeader}<Relationships xmlns="${ooxml}/package/2006/relationships">${items.join('')}</Relationships>`;
}

function docxCore(title: string): string {
  const date = (name: string) =>
    `<dcterms:${name} xsi:type="dcterms:W3CDTF">${modified}</dcterms:${name}>`;
  return `${xmlHeader}<cp:coreProperties xmlns:cp="${ooxml}/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:title>${escapeXml(title)}</dc:title><dc:creator>Graphblend</dc:creator>${date('created')}${date('modified')}</cp:coreProperties>`;
}

function docxBody(blocks: Block[]): string {
  const paragraphs = blocks.map(
    ({ kind, text }) =>
      `<w:p><w:pPr><w:pStyle w:val="${wordStyles[kind]}"/></w:pPr><w:r><w:t xml:space="preserve">${escapeXml(text)}</w:t></w:r></w:p>`,
  );
  const a4 = '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/></w:sectPr>';
  return `${xmlHeader}<w:document xmlns:w="${wordMl}"><w:body>${paragraphs.join('')}${a4}</w:body></w:document>`;
}

function docxStyles(): string {
  const heading = (level: number, halfPoints: number) =>
    `<w:style w:type="paragraph" w:styleId="Heading${level}"><w:name w:val="heading ${level}"/><w:basedOn w:val="Normal"/><w:pPr><w:outlineLvl w:val="${level - 1}"/></w:pPr><w:rPr><w:b/><w:sz w:val="${halfPoints}"/></w:rPr></w:style>`;
  const normal =
    '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>';
  return `${xmlHeader}<w:styles xmlns:w="${wordMl}">${normal}${heading(1, 40)}${heading(2, 28)}</w:styles>`;
}

// EPUB 3: one XHTML file per chapter; each `##` heading of the source starts a chapter.

interface Chapter {
  heading: string;
  file: string;
  paragraphs: string[];
}

function toEpub(article: Article): Uint8Array {
  const chapters = splitChapters(article.blocks);
  const entries: Record<string, string> = {
    'META-INF/container.xml': epubContainer(),
    'OEBPS/content.opf': epubPackage(article.title, chapters),
    'OEBPS/nav.xhtml': epubNavigation(article.title, chapters),
  };
  for (const chapter of chapters) entries[`OEBPS/${chapter.file}`] = epubChapter(chapter);
  // Readers recognise an EPUB by its first entry, which must be stored without compression.
  return zipText(entries, {
    mimetype: [strToU8('application/epub+zip'), { ...zipOptions, level: 0 }],
  });
}

function splitChapters(blocks: Block[]): Chapter[] {
  const chapters: Chapter[] = [];
  for (const { kind, text } of blocks.slice(1)) {
    const last = chapters.at(-1);
    if (kind === 'heading') {
      chapters.push({
        heading: text,
        file: `chapter-${chapters.length + 1}.xhtml`,
        paragraphs: [],
      });
    } else if (last) last.paragraphs.push(text);
    else
      throw new Error(
        'expected a "## Chapter" heading before the first paragraph of an EPUB source',
      );
  }
  return chapters;
}

function epubContainer(): string {
  return `${xmlHeader}<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles><rootfile full-path="OEBPS/content.opf" media-type="application/oebps-package+xml"/></rootfiles></container>`;
}

function epubPackage(title: string, chapters: Chapter[]): string {
  const id = `urn:graphblend:sample:${title.toLowerCase().replace(/\W+/g, '-')}`;
  const xhtml = 'media-type="application/xhtml+xml"';
  const items = chapters.map(
    ({ file }, index) => `<item id="c${index + 1}" href="${file}" ${xhtml}/>`,
  );
  const spine = chapters.map((_, index) => `<itemref idref="c${index + 1}"/>`);
  const metadata = `<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="id">${id}</dc:identifier><dc:title>${escapeXml(title)}</dc:title><dc:language>en</dc:language><dc:creator>Graphblend</dc:creator><meta property="dcterms:modified">${modified}</meta></metadata>`;
  return `${xmlHeader}<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">${metadata}<manifest><item id="nav" href="nav.xhtml" properties="nav" ${xhtml}/>${items.join('')}</manifest><spine>${spine.join('')}</spine></package>`;
}

function epubNavigation(title: string, chapters: Chapter[]): string {
  const items = chapters
    .map(({ file, heading }) => `<li><a href="${file}">${escapeXml(heading)}</a></li>`)
    .join('');
  const nav = `<nav epub:type="toc"><h1>${escapeXml(title)}</h1><ol>${items}</ol></nav>`;
  return xhtmlPage(title, nav);
}

function epubChapter({ heading, paragraphs }: Chapter): string {
  const body = paragraphs.map((text) => `<p>${escapeXml(text)}</p>`).join('\n');
  return xhtmlPage(heading, `<h1>${escapeXml(heading)}</h1>\n${body}`);
}

function xhtmlPage(title: string, body: string): string {
  return `${xmlHeader}<!DOCTYPE html>\n<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="en" xml:lang="en"><head><title>${escapeXml(title)}</title></head>\n<body>\n${body}\n</body></html>\n`;
}

/** Entries keep their order, `first` before all others. */
function zipText(entries: Record<string, string>, first: Zippable = {}): Uint8Array {
  const files: Zippable = { ...first };
  for (const [name, text] of Object.entries(entries)) files[name] = strToU8(text);
  return zipSync(files, zipOptions);
}

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

function main(): void {
  mkdirSync(filesDir, { recursive: true });
  for (const file of generatedFiles) {
    const bytes = renderSample(file);
    writeFileSync(join(filesDir, file), bytes);
    console.log(`${file}: ${bytes.length} bytes`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
