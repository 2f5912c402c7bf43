/**
 * Hashes of large files, remembered while the files stay as they are: verifying gigabytes at every start would take
 * longer than loading them. A file counts as the same while its place on disk, size, time of change and time of its
 * last metadata change (which no program can set) are the same. What this does not see is a disk that gives other bytes
 * without being written to: `graphblend models check` reads everything.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashFile } from './checkpoint/folder.ts';

export interface HashMemo {
  /** sha256 (hex) of a file. */
  sha256(path: string): string;
  /** What `compute` gave when the files were last as they are now. */
  digest(what: string, paths: readonly string[], compute: () => string): string;
}

/** Clocks of file systems tick every few milliseconds: two changes within one tick look like one. */
const settledMs = 1000;

/**
 * @param cacheDir the memo lies in its folder `verified`
 * @param now ms since 1970
 */
export function hashMemo(cacheDir: string, now: () => number = Date.now): HashMemo {
  const folder = join(cacheDir, 'verified');

  function digest(what: string, paths: readonly string[], compute: () => string): string {
    const file = join(folder, `${sha256(JSON.stringify([what, paths]))}.json`);
    const before = paths.map(signature);
    const known = recall(file);
    if (known?.signatures === before.join('\n')) return known.result;
    const result = compute();
    const isSettled = paths.every((path) => now() - statSync(path).ctimeMs > settledMs);
    if (isSettled && paths.map(signature).join('\n') === before.join('\n'))
      remember(folder, file, { signatures: before.join('\n'), result });
    return result;
  }
  return {
    digest,
    sha256: (path) => digest('sha256', [path], () => hashFile(path).digest('hex')),
  };
}

function signature(path: string): string {
  const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}

interface Memory {
  readonly signatures: string;
  readonly result: string;
}

/** The memo vouches for itself, too: `<sha256 of the rest>\n<json>`. */
function recall(file: string): Memory | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  const [sum, json = ''] = text.split('\n');
  return sum === sha256(json) ? (JSON.parse(json) as Memory) : undefined;
}

/** A memo that cannot be written costs time at the next start, and nothing else. */
function remember(folder: string, file: string, memory: Memory): void {
  const json = JSON.stringify(memory);
  try {
    mkdirSync(folder, { recursive: true });
    const temporary = join(folder, `tmp-${randomUUID()}`);
    writeFileSync(temporary, `${sha256(json)}\n${json}`);
    renameSync(temporary, file);
  } catch {
    return;
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
