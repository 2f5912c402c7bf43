/**
 * Text ids by number and numbers by text id, as bytes outside the garbage-collected heap: about 40 bytes an id
 * of 24 characters, where a Map with its strings takes 150. Numbers go up from 0; nothing is ever taken out.
 */
export class IdTable {
  #bytes = new Uint8Array(1 << 14);
  /** Id number n is bytes [ends[n - 1], ends[n]). */
  #ends = new Uint32Array(1 << 9);
  /** Open addressing; number + 1, or 0. */
  #slots = new Uint32Array(1 << 10);
  #count = 0;

  get size(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#bytes.byteLength + this.#ends.byteLength + this.#slots.byteLength;
  }

  /** -1 if `id` is not in the table. `space` keeps equal ids of different kinds apart. */
  find(space: number, id: string): number {
    const start = this.#end;
    const end = this.#write(space, id);
    return this.#slots[this.#slotOf(start, end)]! - 1;
  }

  /** Number of `id`, a new one if it was not in the table. */
  intern(space: number, id: string): number {
    const start = this.#end;
    const end = this.#write(space, id);
    const slot = this.#slotOf(start, end);
    const held = this.#slots[slot]!;
    if (held > 0) return held - 1;
    if (this.#count === this.#ends.length) {
      const larger = new Uint32Array(this.#count * 2);
      larger.set(this.#ends);
      this.#ends = larger;
    }
    this.#ends[this.#count++] = end;
    this.#slots[slot] = this.#count;
    if (this.#count * 2 > this.#slots.length) this.#rehash(this.#slots.length * 2);
    return this.#count - 1;
  }

  idOf(number: number): string {
    const start = number === 0 ? 0 : this.#ends[number - 1]!;
    return decoder.decode(this.#bytes.subarray(start + 1, this.#ends[number]));
  }

  /** Gives back what growing left over. */
  trim(): void {
    this.#bytes = this.#bytes.slice(0, this.#end + 64);
    this.#ends = this.#ends.slice(0, Math.max(1, this.#count));
  }

  get #end(): number {
    return this.#count === 0 ? 0 : this.#ends[this.#count - 1]!;
  }

  /** Puts the bytes behind the last id, where they stay if it is a new one. Returns their end. */
  #write(space: number, id: string): number {
    const start = this.#end;
    const most = start + 1 + 3 * id.length;
    if (most > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(most, this.#bytes.length * 2));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes[start] = space;
    for (let i = 0; i < id.length; i++) {
      const code = id.charCodeAt(i);
      if (code > 127) {
        return start + 1 + encoder.encodeInto(id, this.#bytes.subarray(start + 1)).written;
      }
      this.#bytes[start + 1 + i] = code;
    }
    return start + 1 + id.length;
  }

  /** Slot that holds the bytes [start, end), or the empty one where they belong. */
  #slotOf(start: number, end: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = this.#hash(start, end) & mask; ; slot = (slot + 1) & mask) {
      const held = this.#slots[slot]!;
      if (held === 0 || this.#isAt(held - 1, start, end)) return slot;
    }
  }

  #isAt(number: number, start: number, end: number): boolean {
    const from = number === 0 ? 0 : this.#ends[number - 1]!;
    if (this.#ends[number]! - from !== end - start) return false;
    for (let i = 0; i < end - start; i++) {
      if (this.#bytes[from + i] !== this.#bytes[start + i]) return false;
    }
    return true;
  }

  /** FNV-1a with a final mix: ids of one prefix differ in their last bytes only. */
  #hash(start: number, end: number): number {
    let hash = 0x811c9dc5;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ this.#bytes[i]!, 0x01000193);
    return (hash ^ (hash >>> 15)) >>> 0;
  }

  #rehash(slots: number): void {
    this.#slots = new Uint32Array(slots);
    for (let number = 0; number < this.#count; number++) {
      const start = number === 0 ? 0 : this.#ends[number - 1]!;
      let slot = this.#hash(start, this.#ends[number]!) & (slots - 1);
      while (this.#slots[slot]! > 0) slot = (slot + 1) & (slots - 1);
      this.#slots[slot] = number + 1;
    }
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
