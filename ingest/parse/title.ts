import { cleanLine } from './clean-text.ts';

/** "reports/north_pole-trip.final.pdf" -> "north pole trip.final"; a name without an extension stays whole. */
export function titleFromName(name: string): string {
  const last = name.split(/[\\/]/).findLast(Boolean) ?? name;
  const stem = last.replace(/(?<=.)\.[a-zA-Z][a-zA-Z0-9]{0,5}$/, '');
  return cleanLine(stem.replace(/[-_]+/g, ' ')) || cleanLine(name) || 'Untitled';
}

/** Lower-case extension without the dot; empty when the name has none. */
export function extensionOf(name: string): string {
  return /\.([a-zA-Z][a-zA-Z0-9]{0,9})$/.exec(name.trim())?.[1]?.toLowerCase() ?? '';
}
