/** Web pages: the main content only. */

import * as cheerio from 'cheerio';
import { cleanLine } from './clean-text.ts';
import { decodeText, windows1252 } from './decode-text.ts';
import { htmlBlocks, textOf } from './html-blocks.ts';
import type { BlockDraft, Draft, Source } from './types.ts';

/** Never content, wherever it stands. */
const CHROME =
  'nav, footer, aside, form, [role=navigation], [role=banner], [role=contentinfo], [role=search], [role=dialog]';
/** Hints that a page has furniture around its article, so that finding the article is worth its time. */
const FURNITURE =
  /\b(sidebar|side-bar|navbar|menu|comments?|cookie|share|social|promo|related|newsletter|breadcrumbs?|advert\w*|banner)\b/i;
const MAX_READABILITY_CHARS = 2_000_000;
const MIN_ARTICLE_CHARS = 250;

export async function parseHtml(source: Source): Promise<Draft> {
  const html = decodeHtml(source.bytes, source.name);
  const $ = cheerio.load(html);
  const title = pageTitle($);
  const blocks = mainBlocks($) ?? (await articleBlocks($, html)) ?? bodyBlocks($);
  return { title, blocks };
}

/** `<main>` or a single `<article>` say themselves what the content is. */
function mainBlocks($: cheerio.CheerioAPI): BlockDraft[] | undefined {
  const main = $('main, [role=main]');
  const article = $('article');
  const root = main.length === 1 ? main : article.length === 1 ? article : undefined;
  if (root === undefined) return undefined;
  root.find(CHROME).remove();
  const blocks = htmlBlocks(root.toArray());
  return textLength(blocks) >= Math.min(MIN_ARTICLE_CHARS, bodyText($) / 4) ? blocks : undefined;
}

/**
 * Readability finds the article among menus and adverts; but it drops tables, short pages and headings it
 * takes for noise, so plain pages are better read whole.
 */
async function articleBlocks(
  $: cheerio.CheerioAPI,
  html: string,
): Promise<BlockDraft[] | undefined> {
  if (html.length > MAX_READABILITY_CHARS || !hasFurniture($)) return undefined;
  const { JSDOM, VirtualConsole } = await import('jsdom');
  const { Readability } = await import('@mozilla/readability');
  const dom = new JSDOM(html, { virtualConsole: new VirtualConsole() });
  const article = new Readability(dom.window.document).parse();
  dom.window.close();
  if (
    typeof article?.content !== 'string' ||
    (article.textContent ?? '').trim().length < MIN_ARTICLE_CHARS
  )
    return undefined;
  const content = cheerio.load(article.content, null, false);
  return htmlBlocks(content.root().contents().toArray());
}

function bodyBlocks($: cheerio.CheerioAPI): BlockDraft[] {
  const whole = htmlBlocks($('body').toArray());
  $(CHROME).remove();
  const content = htmlBlocks($('body').toArray());
  return textLength(content) > 0 ? content : whole;
}

function hasFurniture($: cheerio.CheerioAPI): boolean {
  const text = bodyText($);
  const linked = $('body a')
    .toArray()
    .reduce((sum, link) => sum + cleanLine(textOf(link)).length, 0);
  if (text > 0 && linked / text > 0.3) return true;
  return $('[class], [id]')
    .toArray()
    .some((node) =>
      FURNITURE.test(
        `${$(node).attr('class') ?? ''} ${$(node).attr('id') ?? ''}`.replace(/[-_]/g, ' '),
      ),
    );
}

/** `<title>` without the site's name when the page's heading agrees, else the heading. */
function pageTitle($: cheerio.CheerioAPI): string | undefined {
  const social = cleanLine($('meta[property="og:title"]').attr('content') ?? '');
  const title = cleanLine($('head > title').first().text()) || social;
  const headings = $('h1')
    .toArray()
    .map((node) => cleanLine($(node).text()))
    .filter(Boolean);
  const heading =
    headings.find((text) => title.startsWith(text)) ??
    (headings.length === 1 ? headings[0] : undefined);
  if (title === '') return headings[0];
  if (heading !== undefined && title.startsWith(heading)) return heading;
  return title.replace(/\s+[|–—·]\s+[^|–—·]{1,40}$/, '') || title;
}

/** The page's own charset counts where the bytes are neither UTF-8 nor marked. */
function decodeHtml(bytes: Uint8Array, name: string): string {
  try {
    return decodeText(bytes, name);
  } catch (error) {
    const head = Buffer.from(bytes.subarray(0, 2048)).toString('latin1');
    const charset = /<meta[^>]+charset\s*=\s*["']?\s*([\w-]+)/i.exec(head)?.[1];
    if (charset === undefined || /^utf-?(8|16)/i.test(charset)) throw error;
    if (/^(windows-1252|iso-8859-1|latin1)$/i.test(charset)) return windows1252(bytes);
    try {
      return new TextDecoder(charset, { fatal: true }).decode(bytes);
    } catch {
      throw error;
    }
  }
}

/** cheerio's own `text()` recurses and overflows on hostile nesting. */
function bodyText($: cheerio.CheerioAPI): number {
  return $('body')
    .toArray()
    .reduce((sum, body) => sum + cleanLine(textOf(body)).length, 0);
}

function textLength(blocks: readonly BlockDraft[]): number {
  return blocks.reduce((sum, block) => sum + block.text.length, 0);
}
