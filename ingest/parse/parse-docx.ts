/** Word documents by way of mammoth's HTML, behind our own unzipping. */

import { strFromU8, zipSync } from 'fflate';
import { damaged, ParseError } from './errors.ts';
import type { Draft, Source } from './types.ts';
import { readZip } from './zip.ts';

/** Parts with text; pictures and fonts are never unpacked. */
const TEXT_PARTS = /\.(xml|rels)$/i;
/** Mammoth maps these styles itself; titles and quotes need a word. */
const STYLE_MAP = [
  "p[style-name='Title'] => h1.title:fresh",
  "p[style-name='Subtitle'] => p:fresh",
];

/** @throws ParseError `damaged_document`, `archive_bomb` or `encrypted_document` */
export async function parseDocx(source: Source): Promise<Draft> {
  const parts = readZip(source.bytes, (name) => TEXT_PARTS.test(name), source.limits);
  if (![...parts.keys()].some((name) => /^word\/document\d*\.xml$/.test(name)))
    throw damaged('Word document', 'word/document.xml is missing');
  refuseEntities(parts);
  const html = await toHtml(parts);
  const cheerio = await import('cheerio');
  const { htmlBlocks } = await import('./html-blocks.ts');
  const $ = cheerio.load(html, null, false);
  const title = $('h1.title').first().text() || coreTitle(parts);
  return {
    title: title === '' ? undefined : title,
    blocks: htmlBlocks($.root().contents().toArray()),
  };
}

/** Mammoth gets a fresh archive of what was checked, so it cannot see other bytes than we did. */
async function toHtml(parts: ReadonlyMap<string, Uint8Array>): Promise<string> {
  const { default: mammoth } = await import('mammoth');
  const archive = zipSync(Object.fromEntries(parts), { level: 0 });
  const convertImage = mammoth.images.imgElement(async () => ({ src: '' }));
  try {
    const result = await mammoth.convertToHtml(
      { buffer: Buffer.from(archive) },
      { styleMap: STYLE_MAP, convertImage, externalFileAccess: false },
    );
    return result.value;
  } catch (error) {
    throw damaged('Word document', error);
  }
}

/** WordprocessingML has no document type declaration; only attacks with entities bring one. */
function refuseEntities(parts: ReadonlyMap<string, Uint8Array>): void {
  for (const [name, content] of parts) {
    if (!/<!(DOCTYPE|ENTITY)/i.test(strFromU8(content.subarray(0, 4096), true))) continue;
    throw new ParseError(
      `"${name}" in the Word document declares XML entities, which real documents never do`,
      {
        code: 'damaged_document',
        fix: 'Save the document again with a word processor and upload that copy.',
      },
    );
  }
}

function coreTitle(parts: ReadonlyMap<string, Uint8Array>): string {
  const core = parts.get('docProps/core.xml');
  const title =
    core === undefined ? undefined : /<dc:title>([^<]*)<\/dc:title>/.exec(strFromU8(core))?.[1];
  const plain = (title ?? '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .trim();
  // What word processors fill in by themselves names nothing.
  return /^(document\d*|untitled|microsoft word.*|word document|normal)$/i.test(plain) ? '' : plain;
}
