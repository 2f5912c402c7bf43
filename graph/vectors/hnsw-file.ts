/**
 * The saved form of an hnsw graph: `<key>-<sha256 prefix>.hnsw` and the manifest `<key>.json` that names it.
 * Written to a temporary name, synced, checked by loading, then renamed, the manifest last: a manifest never
 * names an incomplete file. Derived data: whatever is wrong with it, it is made again from SQLite.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { IndexCorruptError } from '../errors.ts';
import { readHnswGraph } from './hnsw-graph.ts';
import type { HnswGraph } from './hnsw-graph.ts';
import type { Tuned } from './loaded-vectors.ts';

const FORMAT = 1;

interface Manifest {
  readonly format: number;
  readonly embedder: string;
  readonly dim: number;
  /** Live labels at the time of writing. */
  readonly count: number;
  /** Change up to which the file is complete; for people, since loading compares labels anyway. */
  readonly lastSeq: number;
  readonly bytes: number;
  readonly sha256: string;
  readonly file: string;
  /** Candidates to look at, as found out at that size; absent if that was not done. */
  readonly tuned?: Tuned;
}

export interface HnswFileKey {
  readonly directory: string;
  readonly workspaceId: string;
  readonly embedder: string;
}

export async function saveHnswFile(
  key: HnswFileKey,
  dim: number,
  lastSeq: number,
  { count, tuned }: { count: number; tuned: Tuned | undefined },
  write: (path: string) => Promise<void>,
): Promise<void> {
  await mkdir(key.directory, { recursive: true });
  const temporary = join(key.directory, `${baseName(key)}-${randomUUID()}.tmp`);
  try {
    await write(temporary);
    await sync(temporary);
    await readHnswGraph(temporary, dim); // hnswlib does not report a full disk; a short file fails here
    const sha256 = await hashFile(temporary);
    const file = `${baseName(key)}-${sha256.slice(0, 16)}.hnsw`;
    await rename(temporary, join(key.directory, file));
    const { size } = await stat(join(key.directory, file));
    const manifest = {
      format: FORMAT,
      embedder: key.embedder,
      dim,
      count,
      lastSeq,
      bytes: size,
      sha256,
      file,
      ...(tuned && { tuned }),
    };
    await writeManifest(key, manifest);
    await removeFiles(key.directory, (name) => isGraphFile(name, key) && name !== file);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** `undefined` if there is no saved graph. Throws IndexCorruptError for one that cannot be trusted. */
export async function loadHnswFile(
  key: HnswFileKey,
  dim: number,
): Promise<{ graph: HnswGraph; tuned: Tuned | undefined } | undefined> {
  const text = await readIfThere(manifestPath(key));
  if (text === undefined) return undefined;
  const manifest = parseManifest(key, text, dim);
  const path = join(key.directory, manifest.file);
  await verifyBytes(path, manifest);
  try {
    return { graph: await readHnswGraph(path, dim), tuned: manifest.tuned };
  } catch (error) {
    throw new IndexCorruptError(path, 'hnswlib refuses it', error);
  }
}

/** Removes every saved graph of the workspace. */
export async function removeHnswFiles(directory: string, workspaceId: string): Promise<void> {
  await removeFiles(directory, (name) => name.startsWith(`${shortHash(workspaceId)}-`));
}

async function writeManifest(key: HnswFileKey, manifest: Manifest): Promise<void> {
  const temporary = `${manifestPath(key)}.${randomUUID()}.tmp`;
  const handle = await open(temporary, 'w');
  try {
    await handle.writeFile(JSON.stringify(manifest, null, 2));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, manifestPath(key));
  await sync(key.directory);
}

function parseManifest(key: HnswFileKey, text: string, dim: number): Manifest {
  const path = manifestPath(key);
  let manifest: Manifest;
  try {
    manifest = JSON.parse(text) as Manifest;
  } catch (error) {
    throw new IndexCorruptError(path, 'it is not JSON', error);
  }
  const fits =
    manifest?.format === FORMAT && manifest.embedder === key.embedder && manifest.dim === dim;
  if (!fits)
    throw new IndexCorruptError(path, 'it describes another format, embedder or dimension');
  const name = typeof manifest.file === 'string' ? manifest.file : '';
  if (!isGraphFile(name, key) || /[/\\]/u.test(name))
    throw new IndexCorruptError(path, 'it names no graph file');
  return manifest;
}

async function verifyBytes(path: string, manifest: Manifest): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.size !== manifest.bytes)
    throw new IndexCorruptError(path, 'it is missing or of another size');
  if ((await hashFile(path)) !== manifest.sha256)
    throw new IndexCorruptError(path, 'its sha256 differs');
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(path)) hash.update(part as Buffer);
  return hash.digest('hex');
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function removeFiles(directory: string, chosen: (name: string) => boolean): Promise<void> {
  const names = await readdir(directory).catch(() => [] as string[]);
  await Promise.all(names.filter(chosen).map((name) => rm(join(directory, name), { force: true })));
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function manifestPath(key: HnswFileKey): string {
  return join(key.directory, `${baseName(key)}.json`);
}

function isGraphFile(name: string, key: HnswFileKey): boolean {
  return name.startsWith(`${baseName(key)}-`) && name.endsWith('.hnsw');
}

/** Hashes, since ids and fingerprints are not file names. */
function baseName(key: HnswFileKey): string {
  return `${shortHash(key.workspaceId)}-${shortHash(key.embedder)}`;
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 20);
}
