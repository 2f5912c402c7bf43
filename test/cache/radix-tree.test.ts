import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RadixTree } from '../../cache/prefix/radix-tree.ts';

/** Each node's value is its tokens as text, so that a wrong cut shows. */
function textTree(): RadixTree<string> {
  return new RadixTree((value, at) => [value.slice(0, at), value.slice(at)]);
}

function idsOf(text: string): Int32Array {
  return Int32Array.from(text, (letter) => letter.charCodeAt(0));
}

function insert(tree: RadixTree<string>, text: string): string {
  let made = '';
  tree.insert(idsOf(text), (start, end) => (made = text.slice(start, end)));
  return made;
}

function found(tree: RadixTree<string>, text: string): string {
  const { parts, length } = tree.match(idsOf(text));
  const path = parts.map(({ value, count }) => value.slice(0, count)).join('');
  expect(path).toHaveLength(length);
  return path;
}

function common(a: string, b: string): string {
  let count = 0;
  while (count < a.length && a[count] === b[count]) count++;
  return a.slice(0, count);
}

describe('a radix tree over token ids', () => {
  it('makes values only for what was not there', () => {
    const tree = textTree();
    expect(insert(tree, 'prefix one')).toBe('prefix one');
    expect(insert(tree, 'prefix one')).toBe('');
    expect(insert(tree, 'prefix two')).toBe('two');
    expect(insert(tree, 'prefix')).toBe('');
    expect(found(tree, 'prefix twist')).toBe('prefix tw');
    expect(found(tree, 'other')).toBe('');
  });

  it('finds the longest beginning that any sequence shares, as a list of sequences does', () => {
    const words = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 12 });
    fc.assert(
      fc.property(fc.array(words, { maxLength: 12 }), words, (texts, asked) => {
        const tree = textTree();
        for (const text of texts) insert(tree, text);
        const longest = texts
          .map((text) => common(asked, text))
          .reduce((best, each) => (each.length > best.length ? each : best), '');
        expect(found(tree, asked)).toBe(longest);
        for (const text of texts) expect(found(tree, text)).toBe(text);
      }),
    );
  });

  it('loses one leaf at a time and nothing else', () => {
    const words = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.array(words, { minLength: 1, maxLength: 10 }), (texts) => {
        const tree = textTree();
        for (const text of texts) insert(tree, text);
        for (let leaf = tree.leaves().next(); !leaf.done; leaf = tree.leaves().next()) {
          const left = [...tree.nodes()].length;
          tree.remove(leaf.value);
          expect([...tree.nodes()]).toHaveLength(left - 1);
          for (const node of tree.nodes()) {
            for (const child of node.children.values()) expect(child.parent).toBe(node);
          }
        }
        expect(tree.isEmpty).toBe(true);
      }),
    );
  });

  it('refuses to take out what others stand on', () => {
    const tree = textTree();
    insert(tree, 'ab');
    insert(tree, 'ac');
    const inner = [...tree.nodes()].find(({ children }) => children.size > 0);
    expect(() => tree.remove(inner!)).toThrow(RangeError);
  });
});
