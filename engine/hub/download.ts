/**
 * One file from the hub to disk: written beside, taken up again where a broken connection left it, compared with the
 * hub's checksum, then renamed.
 */
import { createHash, type Hash } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hashFile } from '../checkpoint/folder.ts';
import { HubError } from '../errors.ts';
import { type HubFile, type HubOptions, requestFile } from './client.ts';
import { retrying } from './retry.ts';

export interface DownloadOptions extends HubOptions {
  readonly repo: string;
  readonly commit: string;
  /** Told how many bytes of the file lie on disk. */
  readonly onBytes: (bytes: number) => void;
}

/** Throws HubError; what has come so far stays as `<path>.part`. Returns the file's sha256. */
export async function download(
  file: HubFile,
  path: string,
  options: DownloadOptions,
): Promise<string> {
  mkdirSync(dirname(path), { recursive: true });
  const part = `${path}.part`;
  let have = 0;
  await retrying(
    options,
    () => {
      have = sizeOf(part);
      return append(file, part, have > file.bytes ? 0 : have, options);
    },
    () => sizeOf(part) > have,
  );
  const sha256 = check(file, part, options);
  renameSync(part, path);
  return sha256;
}

function sizeOf(path: string): number {
  return existsSync(path) ? statSync(path).size : 0;
}

async function append(
  file: HubFile,
  part: string,
  start: number,
  options: DownloadOptions,
): Promise<void> {
  if (start === file.bytes && start > 0) return;
  const { repo, commit } = options;
  const response = await requestFile(repo, commit, file.name, start, options);
  const isContinued = response.status === 206;
  const from = isContinued ? checkRange(response, start) : 0;
  const handle = await open(part, from > 0 ? 'r+' : 'w');
  try {
    await handle.truncate(from);
    await copyBody(response, handle, from, file, options);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The server has to continue where the file ends. */
function checkRange(response: Response, start: number): number {
  const from = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1];
  if (Number(from) === start) return start;
  throw new HubError(response.url, `sent bytes from ${from ?? 'nowhere'} instead of ${start}`, {
    fix: 'The server or a proxy before it handles ranges wrongly: delete the .part file and try again.',
  });
}

async function copyBody(
  response: Response,
  handle: FileHandle,
  from: number,
  file: HubFile,
  options: DownloadOptions,
): Promise<void> {
  const reader = response.body?.getReader();
  let at = from;
  try {
    for (;;) {
      const piece = await inTime(reader?.read(), response.url, options);
      if (!piece?.value) break;
      if (at + piece.value.length > file.bytes) throw tooLong(response.url, file);
      await handle.write(piece.value, 0, piece.value.length, at);
      at += piece.value.length;
      options.onBytes(at);
    }
  } finally {
    await reader?.cancel().catch(() => undefined);
  }
  if (at < file.bytes) {
    throw new HubError(response.url, `ended at byte ${at} of ${file.bytes}`, {
      fix: 'Run the same command again: it goes on where it stopped.',
    });
  }
}

function tooLong(url: string, { bytes }: HubFile): HubError {
  return new HubError(url, `sends more than the ${bytes} bytes that the hub lists`, {
    fix: 'Try again later, or name another revision.',
  });
}

/** A read that fails or takes too long becomes a HubError. */
async function inTime<T>(
  read: Promise<T> | undefined,
  url: string,
  { idleTimeoutMs, signal }: HubOptions,
): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    const late = new Error(`nothing came for ${idleTimeoutMs} ms`);
    timer = setTimeout(() => reject(late), idleTimeoutMs);
  });
  try {
    return await Promise.race([read, silence]);
  } catch (cause) {
    signal?.throwIfAborted();
    throw new HubError(url, `broke off (${cause instanceof Error ? cause.message : 'unknown'})`, {
      fix: 'Run the same command again: it goes on where it stopped.',
      cause,
    });
  } finally {
    clearTimeout(timer);
  }
}

/** Compares with what the hub promised; a file that differs is deleted. */
function check(file: HubFile, part: string, { endpoint, repo }: DownloadOptions): string {
  const sha256 = hashFile(part).digest('hex');
  const isWrong =
    (file.sha256 !== undefined && file.sha256 !== sha256) ||
    (file.gitSha1 !== undefined && file.gitSha1 !== gitHash(part, file.bytes));
  if (!isWrong) return sha256;
  rmSync(part, { force: true });
  throw new HubError(
    `${endpoint}/${repo}`,
    `${file.name} does not have the checksum that the hub lists`,
    {
      fix: 'It was damaged on the way and is deleted; run the same command again.',
    },
  );
}

/** Git's name of a file: sha1 over a short head and the content. */
function gitHash(path: string, bytes: number): string {
  const start: Hash = createHash('sha1').update(`blob ${bytes}\0`);
  return hashFile(path, start).digest('hex');
}
