/**
 * The one file that holds all large tensors of a compiled model. Each tensor starts at a multiple of
 * 4 KiB, so that onnxruntime can map it into memory instead of reading it.
 */
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { ElementType, ExternalTensor } from './graph.ts';

export const weightFileName = 'weights.bin';
const alignment = 4096;

export interface WrittenFile {
  readonly bytes: number;
  readonly sha256: string;
}

export class WeightFileWriter {
  readonly #fd: number;
  readonly #hash = createHash('sha256');
  #bytes = 0;

  constructor(folder: string) {
    this.#fd = openSync(join(folder, weightFileName), 'wx');
  }

  /** Starts a tensor at the next aligned offset, which is returned; `write` continues it. */
  align(): number {
    const padding = (alignment - (this.#bytes % alignment)) % alignment;
    this.write(new Uint8Array(padding));
    return this.#bytes;
  }

  write(data: ArrayBufferView): void {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    for (let done = 0; done < bytes.length;) {
      done += writeSync(this.#fd, bytes, done, Math.min(1 << 28, bytes.length - done));
    }
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
  }

  append(type: ElementType, dims: readonly number[], data: ArrayBufferView): ExternalTensor {
    const offset = this.align();
    this.write(data);
    return { type, dims, location: weightFileName, offset, bytes: data.byteLength };
  }

  /** Makes the file durable. */
  close(): WrittenFile {
    fsyncSync(this.#fd);
    closeSync(this.#fd);
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }

  abandon(): void {
    closeSync(this.#fd);
  }
}
