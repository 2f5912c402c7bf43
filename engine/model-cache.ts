/**
 * Compiled models on disk, one folder per fingerprint. A folder appears at once or not at all
 * (written beside, fsynced, renamed), and every file is compared with the manifest's sha256 before
 * native code sees it. A damaged folder is compiled again.
 */
import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
} from 'node:fs';
import { rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject, type JsonObject } from './checkpoint/folder.ts';
import { noteUse } from './compiled-users.ts';
import { ModelCacheError } from './errors.ts';
import type { HashMemo } from './hash-memo.ts';
import type { Graph } from './onnx/graph.ts';
import { type WrittenFile, WeightFileWriter, weightFileName } from './onnx/weight-file.ts';

/** Rises when the layout of compiled files or the mathematics of the graphs changes. */
export const layoutVersion = 2;

const manifestName = 'manifest.json';

/** A verified folder of compiled graphs. */
export interface CompiledModel {
  readonly path: string;
  /** What the compiler noted beside the files, for example where the embedding table lies. */
  readonly notes: JsonObject;
}

/** Compiles into the writer and gives the notes for the manifest. */
export type Compile = (output: ModelWriter) => JsonObject;

export interface ModelWriter {
  readonly weights: WeightFileWriter;
  readonly writeGraph: (name: string, graph: Graph) => void;
}

export interface OpenOptions {
  readonly cacheDir: string;
  readonly fingerprint: string;
  /** The checkpoint's folder. */
  readonly source: string;
  readonly compile: Compile;
  /** Told about a damaged folder before it is compiled again. */
  readonly onDamage?: (error: ModelCacheError) => void;
  readonly memo: HashMemo;
}

/** The verified folder of this fingerprint, compiled now if it is missing or damaged. */
export function openOrCompile(options: OpenOptions): CompiledModel {
  const opened = openOrMake(options);
  noteUse(options.cacheDir, options.fingerprint, options.source);
  return opened;
}

function openOrMake({
  cacheDir,
  fingerprint,
  compile,
  onDamage,
  memo,
}: OpenOptions): CompiledModel {
  const path = join(cacheDir, fingerprint);
  if (existsSync(path)) {
    try {
      return openCompiledModel(path, fingerprint, memo);
    } catch (error) {
      if (!(error instanceof ModelCacheError)) throw error;
      onDamage?.(error);
      discard(cacheDir, path);
    }
  }
  compileInto(cacheDir, path, fingerprint, compile);
  return openCompiledModel(path, fingerprint, memo);
}

/** Verifies every byte of a compiled folder. Throws `ModelCacheError` that names the damaged file. */
export function openCompiledModel(
  path: string,
  fingerprint: string,
  memo: HashMemo,
): CompiledModel {
  const manifest = readManifest(join(path, manifestName));
  if (manifest.fingerprint !== fingerprint) {
    throw new ModelCacheError(
      join(path, manifestName),
      `belongs to ${manifest.fingerprint}, not to ${fingerprint}`,
    );
  }
  for (const [name, expected] of Object.entries(manifest.files))
    verifyFile(join(path, name), expected, memo);
  return { path, notes: manifest.notes };
}

interface Manifest {
  readonly fingerprint: string;
  readonly files: Readonly<Record<string, WrittenFile>>;
  readonly notes: JsonObject;
}

/** The manifest is `<sha256 of the rest>\n<json>`, so it vouches for itself, too. */
function readManifest(file: string): Manifest {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ModelCacheError(file, 'cannot be read', { cause });
  }
  const [digest = '', ...rest] = text.split('\n');
  const json = rest.join('\n');
  if (sha256(json) !== digest) throw new ModelCacheError(file, 'does not match its own sha256');
  const value: unknown = JSON.parse(json);
  if (!isObject(value)) throw new ModelCacheError(file, 'is not an object');
  return value as unknown as Manifest;
}

function verifyFile(file: string, expected: WrittenFile, memo: HashMemo): void {
  const size = existsSync(file) ? statSync(file).size : undefined;
  if (size === undefined) throw new ModelCacheError(file, 'is missing');
  if (size !== expected.bytes)
    throw new ModelCacheError(file, `has ${size} bytes instead of ${expected.bytes}`);
  const got = memo.sha256(file);
  if (got !== expected.sha256)
    throw new ModelCacheError(file, `has sha256 ${got} instead of ${expected.sha256}`);
}

function compileInto(cacheDir: string, path: string, fingerprint: string, compile: Compile): void {
  const temporary = join(cacheDir, `tmp-${randomUUID()}`);
  try {
    mkdirSync(temporary, { recursive: true });
    sweep(cacheDir);
    writeModel(temporary, fingerprint, compile);
    publish(temporary, path);
    syncFolder(cacheDir);
  } catch (cause) {
    throw isSystemError(cause) ? cannotWrite(cacheDir, cause) : cause;
  } finally {
    if (existsSync(temporary)) rmSync(temporary, { recursive: true });
  }
}

/**
 * What has not been touched for so long was left by a process that was killed. A compilation writes nothing while its
 * layers are calibrated, which takes an hour or two on a slow machine.
 */
const abandonedMs = 24 * 3_600_000;

function sweep(cacheDir: string): void {
  if (!existsSync(cacheDir)) return;
  for (const name of readdirSync(cacheDir)) {
    if (!/^(tmp|trash)-/u.test(name)) continue;
    const path = join(cacheDir, name);
    const touched = [path, join(path, weightFileName)].map(
      (each) => statSync(each, { throwIfNoEntry: false })?.mtimeMs ?? 0,
    );
    if (Date.now() - Math.max(...touched) > abandonedMs)
      rmSync(path, { recursive: true, force: true });
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error;
}

function cannotWrite(cacheDir: string, cause: NodeJS.ErrnoException): ModelCacheError {
  return new ModelCacheError(cacheDir, `cannot be written (${cause.code})`, {
    fix: 'Free disk space there, make it writable, or set another folder for compiled models.',
    cause,
  });
}

function writeModel(folder: string, fingerprint: string, compile: Compile): void {
  const files: Record<string, WrittenFile> = {};
  const weights = new WeightFileWriter(folder);
  let notes: JsonObject;
  try {
    notes = compile({
      weights,
      writeGraph(name, graph) {
        files[`${name}.onnx`] = writeDurably(join(folder, `${name}.onnx`), graph.encode(name));
      },
    });
    files[weightFileName] = weights.close();
  } catch (error) {
    weights.abandon();
    throw error;
  }
  const json = JSON.stringify({ fingerprint, files, notes } satisfies Manifest, undefined, 1);
  writeDurably(join(folder, manifestName), Buffer.from(`${sha256(json)}\n${json}`));
  syncFolder(folder);
}

/** Another process may have published the same model meanwhile: then its folder is as good as ours. */
function publish(temporary: string, path: string): void {
  try {
    renameSync(temporary, path);
  } catch (error) {
    if (!existsSync(path)) throw error;
  }
}

/** Moved away first: a half-deleted folder must never stand under a fingerprint. */
function discard(cacheDir: string, path: string): void {
  const trash = join(cacheDir, `trash-${randomUUID()}`);
  try {
    renameSync(path, trash);
  } catch (error) {
    if (!existsSync(path)) return; // another process was faster
    throw error;
  }
  rmSync(trash, { recursive: true, force: true });
}

function writeDurably(file: string, data: Uint8Array): WrittenFile {
  writeFileSync(file, data, { flush: true });
  return { bytes: data.length, sha256: createHash('sha256').update(data).digest('hex') };
}

function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
