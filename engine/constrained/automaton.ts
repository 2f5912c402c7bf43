/** The format's automaton made deterministic as far as it is walked, with the way out of every state. */

import type { CompiledFormat } from './compile.ts';
import type { ByteEdge } from './nfa.ts';

const DEAD = -1;
const UNKNOWN = -2;

export class Automaton {
  readonly start: number;
  readonly #format: CompiledFormat;
  /** Least number of steps of one byte each to the end, per state of the format; Infinity: none. */
  readonly #way: Float64Array;
  readonly #sets: number[][] = [];
  readonly #ids = new Map<string, number>();
  readonly #next: Int32Array[] = [];
  readonly #steps: number[] = [];

  /** @param canStep whether a byte can be written alone; ways out use only such bytes */
  constructor(format: CompiledFormat, canStep: (byte: number) => boolean) {
    this.#format = format;
    this.#way = waysOut(format, canStep);
    this.start = this.#intern([format.start]);
  }

  /** -1: the byte cannot come here. */
  next(state: number, byte: number): number {
    const row = this.#next[state] as Int32Array;
    const known = row[byte] as number;
    if (known !== UNKNOWN) return known;
    const targets = (this.#sets[state] as number[]).flatMap((one) =>
      (this.#format.nfa.edges[one] as ByteEdge[])
        .filter(({ low, high }) => low <= byte && byte <= high)
        .map(({ to }) => to),
    );
    const next = targets.length === 0 ? DEAD : this.#intern(targets);
    row[byte] = next;
    return next;
  }

  isAccepting(state: number): boolean {
    return (this.#sets[state] as number[]).includes(this.#format.accept);
  }

  /** No byte can follow. */
  isFinal(state: number): boolean {
    return (this.#sets[state] as number[]).every(
      (one) => (this.#format.nfa.edges[one] as ByteEdge[]).length === 0,
    );
  }

  /** Least number of tokens to an accepting state. */
  steps(state: number): number {
    return this.#steps[state] as number;
  }

  #intern(states: readonly number[]): number {
    const set = this.#closure(states);
    const key = set.join(' ');
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#sets.push(set) - 1;
    this.#ids.set(key, id);
    this.#next.push(new Int32Array(256).fill(UNKNOWN));
    this.#steps.push(Math.min(...set.map((one) => this.#way[one] as number)));
    return id;
  }

  #closure(states: readonly number[]): number[] {
    const seen = new Set(states);
    const open = [...states];
    for (let state = open.pop(); state !== undefined; state = open.pop())
      for (const to of this.#format.nfa.jumps[state] as number[])
        if (!seen.has(to)) {
          seen.add(to);
          open.push(to);
        }
    return [...seen].sort((a, b) => a - b);
  }
}

/** Breadth first from the end, against the edges; jumps cost nothing. */
function waysOut(
  { nfa, accept }: CompiledFormat,
  canStep: (byte: number) => boolean,
): Float64Array {
  const count = nfa.edges.length;
  const jumpsTo: number[][] = Array.from({ length: count }, () => []);
  const edgesTo: number[][] = Array.from({ length: count }, () => []);
  for (let from = 0; from < count; from += 1) {
    for (const to of nfa.jumps[from] as number[]) (jumpsTo[to] as number[]).push(from);
    for (const { low, high, to } of nfa.edges[from] as ByteEdge[])
      if (anyByte(low, high, canStep)) (edgesTo[to] as number[]).push(from);
  }
  const way = new Float64Array(count).fill(Infinity);
  let layer = [accept];
  for (let steps = 0; layer.length > 0; steps += 1) {
    const here: number[] = [];
    for (const open = [...layer]; open.length > 0;) {
      const state = open.pop() as number;
      if ((way[state] as number) <= steps) continue;
      way[state] = steps;
      here.push(state);
      open.push(...(jumpsTo[state] as number[]));
    }
    layer = here.flatMap((state) => edgesTo[state] as number[]);
  }
  return way;
}

function anyByte(low: number, high: number, test: (byte: number) => boolean): boolean {
  for (let byte = low; byte <= high; byte += 1) if (test(byte)) return true;
  return false;
}
