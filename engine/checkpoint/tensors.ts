/** All tensors of a checkpoint, from one `model.safetensors` or from the shards of its index. */
import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { CheckpointError, UnsupportedCheckpointError } from '../errors.ts';
import { type CheckpointFolder, isObject } from './folder.ts';
import { type FloatType, floatBytes, isFloatType, toFloat32 } from './floats.ts';
import { openSafetensors, type SafetensorsFile, type TensorInfo } from './safetensors.ts';

export interface CheckpointTensors {
  readonly names: readonly string[];
  has(name: string): boolean;
  floatType(name: string): FloatType;
  shape(name: string): readonly number[];
  /** Throws if the tensor is missing or has another shape. */
  requireShape(name: string, shape: readonly number[]): void;
  /** Throws if the tensor is missing, has another shape, is not a float, or holds NaN or infinity. */
  read(name: string, shape: readonly number[]): Float32Array;
  /** Rows [start, start + count) of a matrix, as float32. */
  readRows(name: string, start: number, count: number): Float32Array;
  /** The same rows as the file holds them. */
  readRowBytes(name: string, start: number, count: number): Uint8Array;
  /** Paths of the files that hold them. */
  readonly files: readonly string[];
  /** sha256 over name, dtype, shape and bytes of the named tensors: the same however they are sharded. */
  digest(names: readonly string[]): string;
  close(): void;
}

const single = 'model.safetensors';
const index = 'model.safetensors.index.json';

export function openTensors(folder: CheckpointFolder): CheckpointTensors {
  const files = openFiles(folder);
  try {
    return collect(files);
  } catch (error) {
    for (const file of files.values()) file.close();
    throw error;
  }
}

function openFiles(folder: CheckpointFolder): Map<string, SafetensorsFile> {
  const files = new Map<string, SafetensorsFile>();
  try {
    const weightMap = folder.has(single) ? undefined : readIndex(folder);
    for (const name of weightMap ? new Set(weightMap.values()) : [single]) {
      files.set(name, openSafetensors(folder.pathOf(name)));
      folder.verify(name);
    }
    for (const [tensor, name] of weightMap ?? []) {
      if (files.get(name)?.tensors.has(tensor)) continue;
      throw new CheckpointError(
        folder.pathOf(name),
        `lacks tensor "${tensor}" that ${index} places there`,
      );
    }
  } catch (error) {
    for (const file of files.values()) file.close();
    throw error;
  }
  return files;
}

function readIndex(folder: CheckpointFolder): Map<string, string> {
  if (!folder.has(index)) {
    throw new CheckpointError(folder.path, `has neither ${single} nor ${index}`, {
      fix: 'Only safetensors checkpoints are read; convert other formats with save_pretrained().',
    });
  }
  const map = folder.readJson(index)['weight_map'];
  if (!isObject(map)) throw new CheckpointError(folder.pathOf(index), 'has no "weight_map" object');
  const result = new Map<string, string>();
  for (const [tensor, file] of Object.entries(map)) {
    if (typeof file !== 'string' || basename(file) !== file || !file.endsWith('.safetensors')) {
      throw new CheckpointError(
        folder.pathOf(index),
        `names an invalid shard for "${tensor}": ${JSON.stringify(file)}`,
      );
    }
    result.set(tensor, file);
  }
  return result;
}

interface Located {
  readonly file: SafetensorsFile;
  readonly info: TensorInfo;
}

function collect(files: Map<string, SafetensorsFile>): CheckpointTensors {
  const located = new Map<string, Located>();
  for (const file of files.values()) {
    for (const [name, info] of file.tensors) {
      if (located.has(name))
        throw new CheckpointError(file.path, `holds tensor "${name}" a second time`);
      located.set(name, { file, info });
    }
  }
  const where = [...files.values()][0]?.path ?? single;

  function find(name: string): Located {
    const found = located.get(name);
    if (!found) throw new CheckpointError(where, `lacks tensor "${name}"`);
    return found;
  }
  function floatType(name: string): FloatType {
    const { file, info } = find(name);
    if (!isFloatType(info.dtype)) {
      throw new UnsupportedCheckpointError(file.path, name, 'F32, F16 or BF16', info.dtype);
    }
    return info.dtype;
  }
  function readRowBytes(name: string, start: number, count: number): Uint8Array {
    const { file, info } = find(name);
    const rowBytes = rowLength(info) * floatBytes[floatType(name)];
    const bytes = new Uint8Array(count * rowBytes);
    file.readInto(bytes, info.start + start * rowBytes);
    return bytes;
  }
  function readRows(name: string, start: number, count: number): Float32Array {
    const values = toFloat32(readRowBytes(name, start, count), floatType(name));
    checkFinite(find(name).file.path, name, values);
    return values;
  }
  function requireShape(name: string, shape: readonly number[]): void {
    const { file, info } = find(name);
    if (info.shape.join() !== shape.join()) {
      throw new CheckpointError(
        file.path,
        `tensor "${name}" should have shape [${shape.join()}], but has [${info.shape.join()}]`,
      );
    }
  }
  function read(name: string, shape: readonly number[]): Float32Array {
    requireShape(name, shape);
    return readRows(name, 0, shape[0] ?? 1);
  }
  function digest(names: readonly string[]): string {
    const all = createHash('sha256');
    for (const name of [...names].sort()) {
      const { info } = find(name);
      all
        .update(`${JSON.stringify([name, info.dtype, info.shape])}\n`)
        .update(hashRange(find(name)));
    }
    return all.digest('hex');
  }
  return {
    names: [...located.keys()],
    files: [...files.values()].map(({ path }) => path),
    has: (name) => located.has(name),
    shape: (name) => find(name).info.shape,
    requireShape,
    floatType,
    read,
    readRows,
    readRowBytes,
    digest,
    close: () => {
      for (const file of files.values()) file.close();
    },
  };
}

function rowLength(info: TensorInfo): number {
  return info.shape.slice(1).reduce((product, size) => product * size, 1);
}

function checkFinite(path: string, name: string, values: Float32Array): void {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const exponent = 0x7f80_0000; // all ones in NaN and infinity
  for (let i = 0; i < bits.length; i++) {
    if ((bits[i]! & exponent) !== exponent) continue;
    throw new CheckpointError(path, `tensor "${name}" holds values that are not finite`);
  }
}

function hashRange({ file, info }: Located): Buffer {
  const hash = createHash('sha256');
  const piece = Buffer.allocUnsafe(Math.min(4 << 20, info.end - info.start));
  for (let at = info.start; at < info.end; at += piece.length) {
    const part = piece.subarray(0, Math.min(piece.length, info.end - at));
    file.readInto(part, at);
    hash.update(part);
  }
  return hash.digest();
}
