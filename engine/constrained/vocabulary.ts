/** The bytes of every token, as a trie: what a format allows is found without looking at each token. */

export interface TrieNode {
  readonly children: Map<number, TrieNode>;
  /** Tokens that end here. */
  readonly ids: number[];
}

export interface Vocabulary {
  readonly root: TrieNode;
  /** Bytes that are a token of their own. */
  readonly singles: ReadonlySet<number>;
}

/** @param tokens bytes by id; undefined: a special token, which no format can contain */
export function vocabularyOf(tokens: readonly (Uint8Array | undefined)[]): Vocabulary {
  const root: TrieNode = { children: new Map(), ids: [] };
  const singles = new Set<number>();
  for (const [id, bytes] of tokens.entries()) {
    if (bytes === undefined || bytes.length === 0) continue;
    if (bytes.length === 1) singles.add(bytes[0] as number);
    let node = root;
    for (const byte of bytes) {
      let child = node.children.get(byte);
      if (child === undefined) node.children.set(byte, (child = { children: new Map(), ids: [] }));
      node = child;
    }
    node.ids.push(id);
  }
  return { root, singles };
}
