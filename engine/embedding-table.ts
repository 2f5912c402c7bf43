/**
 * Token embeddings, read row by row from the compiled weight file: the operating system's page cache
 * holds what is used, so a vocabulary of 150k rows costs no memory of its own.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { type FloatType, floatBytes, toFloat32 } from './checkpoint/floats.ts';
import type { CheckpointTensors } from './checkpoint/tensors.ts';
import { ModelCacheError } from './errors.ts';
import type { WeightFileWriter } from './onnx/weight-file.ts';

/** Where the table lies in the weight file; kept in the manifest's notes. */
export interface EmbeddingTableNote {
  readonly offset: number;
  readonly floatType: FloatType;
}

export interface EmbeddingTable {
  /** Fills `into` [ids.length, hidden]. */
  lookup(ids: Int32Array, into: Float32Array): void;
  close(): void;
}

/** Copies the table as the checkpoint has it: the conversion to float32 is exact at every lookup. */
export function writeEmbeddingTable(
  tensors: CheckpointTensors,
  file: WeightFileWriter,
  name: string,
  shape: readonly [rows: number, hidden: number],
): EmbeddingTableNote {
  tensors.requireShape(name, shape);
  const offset = file.align();
  const blockRows = Math.max(1, Math.floor((1 << 20) / shape[1]));
  for (let start = 0; start < shape[0]; start += blockRows) {
    const count = Math.min(blockRows, shape[0] - start);
    tensors.readRows(name, start, count); // throws if a value is not finite
    file.write(tensors.readRowBytes(name, start, count));
  }
  return { offset, floatType: tensors.floatType(name) };
}

export function openEmbeddingTable(
  path: string,
  note: EmbeddingTableNote,
  hidden: number,
): EmbeddingTable {
  const fd = openSync(path, 'r');
  const row = new Uint8Array(hidden * floatBytes[note.floatType]);
  return {
    lookup(ids, into) {
      ids.forEach((id, i) => {
        const read = readSync(fd, row, 0, row.length, note.offset + id * row.length);
        if (read !== row.length) throw new ModelCacheError(path, 'was truncated while in use');
        into.set(toFloat32(row, note.floatType), i * hidden);
      });
    },
    close: () => closeSync(fd),
  };
}
