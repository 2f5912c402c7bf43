import { cleanLine } from './clean-text.ts';

/** "reports/north_pole-trip.final.pdf" -> "north pole trip.final"; a name without an extension stays whole. */
export function titleFromName(name: string): string {
  const last = name.split(/[\\/]/).findLast(Boolean) ?? name;
  const stem = last.replace(/(?<=.)\.[a-zA-Z][a-zA-Z0-9]{0,5}$/, '');
  return cleanLine(stem.replace(/[-_]+/g, ' ')) || cleanLine(name) || 'Untitled';
}

/** Words that programs give files, or people in a hurry. */
const EMPTY_NAME =
  /^(?:untitled|unnamed|document|doc|text|txt|file|scan|page|note|new|copy|draft|img|image|paste|upload|export|of|v)$/iu;

/** Whether a file's name says nothing about what is in it: "17.txt", "scan_0012.pdf", "Untitled document". */
export function isNumbered(name: string): boolean {
  const words = titleFromName(name).match(/\p{L}+/gu) ?? [];
  return words.every((word) => EMPTY_NAME.test(word));
}

/** Lower-case extension without the dot; empty when the name has none. */
export function extensionOf(name: string): string {
  return /\.([a-zA-Z][a-zA-Z0-9]{0,9})$/.exec(name.trim())?.[1]?.toLowerCase() ?? '';
}
