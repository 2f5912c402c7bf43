/** EPUB books: the chapters of the spine, in reading order. */

import * as cheerio from 'cheerio';
import { strFromU8 } from 'fflate';
import { damaged, ParseError } from './errors.ts';
import { htmlBlocks } from './html-blocks.ts';
import type { BlockDraft, Draft, Source } from './types.ts';
import { readZip } from './zip.ts';

const CONTAINER = 'META-INF/container.xml';
const TEXT_PARTS = /\.(xml|opf|xhtml|html|htm)$/i;

/** @throws ParseError `damaged_document`, `archive_bomb` or `encrypted_document` */
export async function parseEpub(source: Source): Promise<Draft> {
  const files = readZip(source.bytes, (name) => TEXT_PARTS.test(name), source.limits);
  refuseEncrypted(files);
  const packagePath = findPackage(files);
  const $ = cheerio.load(textOf(files, packagePath), { xml: true });
  const title = $('metadata > dc\\:title, metadata > title').first().text().trim();
  const blocks = chapterPaths($, packagePath).flatMap((path) => chapterBlocks(files, path));
  return { title: title === '' ? undefined : title, blocks };
}

/** Obfuscated fonts are harmless; an encrypted chapter is not readable. */
function refuseEncrypted(files: ReadonlyMap<string, Uint8Array>): void {
  const listing = files.get('META-INF/encryption.xml');
  if (listing === undefined || !/URI="[^"]+\.x?html?"/i.test(strFromU8(listing))) return;
  throw new ParseError('The chapters of this EPUB are encrypted (copy protection)', {
    code: 'encrypted_document',
    fix: 'Upload an edition of the book without copy protection.',
  });
}

function findPackage(files: ReadonlyMap<string, Uint8Array>): string {
  const $ = cheerio.load(textOf(files, CONTAINER), { xml: true });
  const path = $('rootfile[full-path]').first().attr('full-path');
  if (path === undefined) throw damaged('EPUB book', `${CONTAINER} names no package file`);
  return path;
}

function chapterPaths($: cheerio.CheerioAPI, packagePath: string): string[] {
  const folder = packagePath.slice(0, packagePath.lastIndexOf('/') + 1);
  const items = new Map<string, string>();
  $('manifest > item').each((_, item) => {
    const { id, href, properties } = item.attribs;
    const isNavigation = (properties ?? '').split(/\s+/).includes('nav');
    if (id !== undefined && href !== undefined && !isNavigation)
      items.set(id, resolvePath(folder, href));
  });
  const order = $('spine > itemref')
    .toArray()
    .map((ref) => items.get(ref.attribs['idref'] ?? ''));
  return order.filter((path) => path !== undefined);
}

/** Chapters that the spine names but the archive lacks are left out: the rest of the book is still worth reading. */
function chapterBlocks(files: ReadonlyMap<string, Uint8Array>, path: string): BlockDraft[] {
  const bytes = files.get(path);
  if (bytes === undefined) return [];
  const $ = cheerio.load(strFromU8(bytes));
  $('nav').remove();
  return htmlBlocks($('body').toArray());
}

function textOf(files: ReadonlyMap<string, Uint8Array>, path: string): string {
  const bytes = files.get(path);
  if (bytes === undefined) throw damaged('EPUB book', `${path} is missing`);
  return strFromU8(bytes);
}

function resolvePath(folder: string, href: string): string {
  const plain = decodeHref(href.split('#', 1)[0] ?? '');
  const parts: string[] = [];
  for (const part of `${folder}${plain}`.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  return parts.join('/');
}

function decodeHref(href: string): string {
  try {
    return decodeURIComponent(href);
  } catch {
    return href;
  }
}
