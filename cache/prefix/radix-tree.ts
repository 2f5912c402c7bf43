/**
 * A radix tree over token ids: each node holds a run of tokens and a value for it, and two sequences share the nodes
 * of what they begin with (as RadixAttention in SGLang, Zheng et al. 2024, arXiv:2312.07104). The tree knows nothing of
 * bytes or time; who evicts takes leaves, so that what is left is always a set of whole prefixes.
 */

export interface RadixNode<T> {
  tokens: Int32Array;
  /** Belongs to `tokens`; split with them. */
  value: T;
  readonly children: Map<number, RadixNode<T>>;
  parent: RadixNode<T> | undefined;
  /** Requests that read from it now: then it stays. */
  leases: number;
  /** Number of the last use; larger is later. */
  usedAt: number;
  /** Not evicted before, milliseconds since the epoch. */
  pinnedUntil: number;
}

export interface RadixMatch<T> {
  /** Leading tokens that the tree has. */
  readonly length: number;
  /** Values along the way, with how many tokens of each count; only the last may count in part. */
  readonly parts: readonly { readonly value: T; readonly count: number }[];
  /** The deepest node; undefined for no match. */
  readonly node: RadixNode<T> | undefined;
}

export class RadixTree<T> {
  readonly #split: (value: T, at: number) => readonly [T, T];
  readonly #roots = new Map<number, RadixNode<T>>();

  /** `split` cuts a value into that of the first `at` tokens and that of the others. */
  constructor(split: (value: T, at: number) => readonly [T, T]) {
    this.#split = split;
  }

  get isEmpty(): boolean {
    return this.#roots.size === 0;
  }

  /** The longest prefix of `tokens` that is in the tree. */
  match(tokens: Int32Array): RadixMatch<T> {
    const parts: { value: T; count: number }[] = [];
    let length = 0;
    let deepest: RadixNode<T> | undefined;
    let level = this.#roots;
    while (length < tokens.length) {
      const node = level.get(tokens[length]!);
      if (!node) break;
      const count = commonLength(node.tokens, tokens, length);
      parts.push({ value: node.value, count });
      length += count;
      deepest = node;
      if (count < node.tokens.length) break;
      level = node.children;
    }
    return { length, parts, node: deepest };
  }

  /**
   * Puts the whole of `tokens` in and returns the node that ends it. `make` gives the value of tokens
   * [start, end), and is called for what was not there only, at most once.
   */
  insert(tokens: Int32Array, make: (start: number, end: number) => T): RadixNode<T> | undefined {
    const { length, node } = this.match(tokens);
    const parent = node && this.#cutBehind(node, length);
    if (length === tokens.length) return parent;
    const added: RadixNode<T> = {
      tokens: tokens.slice(length),
      value: make(length, tokens.length),
      children: new Map(),
      parent,
      leases: 0,
      usedAt: 0,
      pinnedUntil: 0,
    };
    (parent?.children ?? this.#roots).set(added.tokens[0]!, added);
    return added;
  }

  /** Takes a leaf out. Throws RangeError for an inner node: what stands below it would lose its beginning. */
  remove(leaf: RadixNode<T>): void {
    if (leaf.children.size > 0) throw new RangeError('only leaves can be removed');
    (leaf.parent?.children ?? this.#roots).delete(leaf.tokens[0]!);
  }

  *leaves(): Generator<RadixNode<T>> {
    for (const node of this.nodes()) if (node.children.size === 0) yield node;
  }

  *nodes(): Generator<RadixNode<T>> {
    const open = [...this.#roots.values()];
    for (let node = open.pop(); node; node = open.pop()) {
      yield node;
      open.push(...node.children.values());
    }
  }

  /** The node that ends behind the first `length` tokens of the path to `node`; cuts `node` in two if need be. */
  #cutBehind(node: RadixNode<T>, length: number): RadixNode<T> {
    const behind = depthOf(node) - length;
    if (behind === 0) return node;
    const at = node.tokens.length - behind;
    const [first, rest] = this.#split(node.value, at);
    const upper: RadixNode<T> = {
      ...node,
      tokens: node.tokens.slice(0, at),
      value: first,
      children: new Map([[node.tokens[at]!, node]]),
      leases: 0, // held by its child
    };
    (node.parent?.children ?? this.#roots).set(upper.tokens[0]!, upper);
    node.tokens = node.tokens.slice(at);
    node.value = rest;
    node.parent = upper;
    return upper;
  }
}

/** Tokens from the root to the end of the node. */
function depthOf(node: RadixNode<unknown>): number {
  let depth = 0;
  for (let each: RadixNode<unknown> | undefined = node; each; each = each.parent) {
    depth += each.tokens.length;
  }
  return depth;
}

function commonLength(run: Int32Array, tokens: Int32Array, from: number): number {
  const most = Math.min(run.length, tokens.length - from);
  let count = 0;
  while (count < most && run[count] === tokens[from + count]) count++;
  return count;
}
