/** A nondeterministic automaton over bytes, built from the pieces of a format (Thompson 1968). */

export interface ByteEdge {
  readonly low: number;
  readonly high: number;
  readonly to: number;
}

export class Nfa {
  readonly edges: ByteEdge[][] = [];
  readonly jumps: number[][] = [];

  state(): number {
    this.edges.push([]);
    return this.jumps.push([]) - 1;
  }

  range(from: number, low: number, high: number, to: number): void {
    (this.edges[from] as ByteEdge[]).push({ low, high, to });
  }

  jump(from: number, to: number): void {
    (this.jumps[from] as number[]).push(to);
  }

  /** The bytes of `text`, from `from` to a new state. */
  text(from: number, text: string): number {
    let at = from;
    for (const byte of new TextEncoder().encode(text)) {
      const next = this.state();
      this.range(at, byte, byte, next);
      at = next;
    }
    return at;
  }

  /** One of the bytes of `characters` (ASCII). */
  oneOf(from: number, characters: string, to: number): void {
    for (const character of characters) {
      const byte = character.charCodeAt(0);
      this.range(from, byte, byte, to);
    }
  }
}
