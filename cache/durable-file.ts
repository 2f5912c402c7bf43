/** Files that are there whole or not at all, whatever happens while they are written. */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** No write takes as long; older temporary files are leftovers even if their process seems to live. */
const LONGEST_WRITE_MS = 3_600_000;
const TEMPORARY = /\.(\d+)-[0-9a-f]{8}\.tmp$/;

/** Writes a temporary file beside `path`, syncs it and renames it. Throws what the file system throws. */
export function writeDurably(path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  try {
    withFile(temporary, 'wx', (fd) => {
      for (let done = 0; done < bytes.length;) done += writeSync(fd, bytes, done);
      fsyncSync(fd);
    });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  withFile(dirname(path), 'r', fsyncSync);
}

/** True for a temporary file of `writeDurably` whose writer is gone; false for every other file. */
export function isLeftover(path: string, now: number): boolean {
  const writer = TEMPORARY.exec(path)?.[1];
  if (writer === undefined) return false;
  const writtenAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  if (writtenAt === undefined) return false;
  // In a container every start may have the same pid: then what is older than this process is a leftover.
  const startedAt = Date.now() - process.uptime() * 1000;
  if (Number(writer) === process.pid && writtenAt < startedAt) return true;
  return now - writtenAt > LONGEST_WRITE_MS || !isAlive(Number(writer));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, but belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function withFile(path: string, flags: string, use: (fd: number) => void): void {
  const fd = openSync(path, flags);
  try {
    use(fd);
  } finally {
    closeSync(fd);
  }
}
