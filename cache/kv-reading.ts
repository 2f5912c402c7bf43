/**
 * A KV file that is read while its first layers are in use: the beginning at once, the rest in the background, in the
 * order of layers.
 */
import { closeSync, fstatSync, openSync, read, readSync } from 'node:fs';
import type { EncodedKv, LayeredKv } from './chunk-kv.ts';
import { checkedBlock, headerBytes, KvDamage, mapKvFile, type KvFileMap } from './kv-file.ts';

/** Bytes of one read: short chunks come in one, long ones some layers at a time. */
const READ_BYTES = 1 << 20;

export interface KvReadingHooks {
  /** Told once if a layer turns out to be damaged or cannot be read. */
  readonly onDamage: (reason: string) => void;
  /** Told once when all layers have been asked for and are sound. */
  readonly onWhole: (kv: EncodedKv) => void;
}

export class KvReading implements LayeredKv {
  readonly #map: KvFileMap;
  readonly #file: Buffer;
  readonly #hooks: KvReadingHooks;
  readonly #fd: number;
  /** Checked ones. */
  readonly #blocks: (Uint8Array | undefined)[];
  readonly #waiting: (() => void)[] = [];
  #loaded: number;
  #isReading = true;
  #isWanted = true;
  #isDamaged = false;

  /** Reads the beginning. Throws `KvDamage`, and what the file system throws. */
  constructor(path: string, key: string, hooks: KvReadingHooks) {
    this.#hooks = hooks;
    this.#fd = openSync(path, 'r');
    try {
      const size = fstatSync(this.#fd).size;
      this.#file = Buffer.from(new ArrayBuffer(size));
      const first = readInto(this.#fd, this.#file, 0, Math.min(size, READ_BYTES));
      const header = Math.min(size, headerBytes(this.#file.subarray(0, first)));
      this.#loaded = readInto(this.#fd, this.#file, first, header);
      this.#map = mapKvFile(key, this.#file.subarray(0, this.#loaded), size);
    } catch (error) {
      closeSync(this.#fd);
      throw error;
    }
    this.#blocks = this.#map.blocks.map(() => undefined);
    this.#readOn();
  }

  get shape(): LayeredKv['shape'] {
    return this.#map.shape;
  }

  get codec(): string {
    return this.#map.codec;
  }

  get kept(): readonly number[] | undefined {
    return this.#map.kept;
  }

  get blockBytes(): readonly number[] {
    return this.#map.blocks.map(({ bytes }) => bytes);
  }

  get fileBytes(): number {
    return this.#map.bytes;
  }

  get loadedBytes(): number {
    return this.#loaded;
  }

  arrival(layer: number): Promise<void> | undefined {
    if (this.#hasCome(layer)) return undefined;
    return new Promise((resolve) => {
      const check = (): void => {
        if (this.#hasCome(layer)) resolve();
        else this.#waiting.push(check);
      };
      this.#waiting.push(check);
    });
  }

  layer(index: number): Uint8Array | undefined {
    if (this.#isDamaged) return undefined;
    return this.#blocks[index] ?? this.#check(index);
  }

  close(): void {
    this.#isWanted = false;
  }

  /** Or never will. */
  #hasCome(layer: number): boolean {
    return !this.#isReading || this.#loaded >= this.#map.blocks[layer]!.end;
  }

  #check(index: number): Uint8Array | undefined {
    try {
      if (this.#loaded < this.#map.blocks[index]!.end) {
        throw new KvDamage(`layer ${index} did not come`);
      }
      this.#blocks[index] = checkedBlock(this.#map, index, this.#file);
      this.#announceWhole();
      return this.#blocks[index];
    } catch (error) {
      this.#isDamaged = true;
      this.#hooks.onDamage(String(error));
      return undefined;
    }
  }

  #announceWhole(): void {
    const blocks = this.#blocks.filter((block) => block !== undefined);
    if (blocks.length < this.#blocks.length) return;
    const { shape, codec, kept } = this.#map;
    this.#hooks.onWhole({ shape, codec, ...(kept && { kept }), blocks });
  }

  #readOn(): void {
    const from = this.#loaded;
    const length = Math.min(this.#map.bytes - from, READ_BYTES);
    if (length === 0 || !this.#isWanted) return this.#end();
    read(this.#fd, this.#file, from, length, from, (error, bytes) => {
      if (error || bytes === 0) return this.#end();
      this.#loaded = from + bytes;
      this.#wake();
      this.#readOn();
    });
  }

  #end(): void {
    this.#isReading = false;
    closeSync(this.#fd);
    this.#wake();
  }

  #wake(): void {
    for (const check of this.#waiting.splice(0)) check();
  }
}

/** Reads bytes `from .. to` of a file to where they belong; returns where the file ends if that is before `to`. */
function readInto(fd: number, file: Buffer, from: number, to: number): number {
  let at = from;
  while (at < to) {
    const bytes = readSync(fd, file, at, to - at, at);
    if (bytes === 0) break;
    at += bytes;
  }
  return at;
}
