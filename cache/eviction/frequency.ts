/** Least frequently used out first, ties by recency: a baseline. Counts end with the entry. */
import { LazyHeap } from './heap.ts';
import { Pins } from './pins.ts';
import type { CacheEntry, EvictionPolicy, PolicyOptions } from './types.ts';

export function leastFrequentlyUsed({
  budgetBytes,
  now = Date.now,
}: PolicyOptions): EvictionPolicy {
  const entries = new Map<string, CacheEntry>();
  const counts = new Map<string, number>();
  const heap = new LazyHeap();
  const pins = new Pins(now);
  let bytes = 0;
  let clock = 0;

  const order = (key: string): number => counts.get(key)! + clock++ / 2 ** 40;

  function remove(key: string): void {
    bytes -= entries.get(key)?.bytes ?? 0;
    entries.delete(key);
    counts.delete(key);
    heap.delete(key);
    pins.remove(key);
  }

  return {
    name: 'lfu',
    use(key) {
      if (!entries.has(key)) return;
      counts.set(key, counts.get(key)! + 1);
      heap.set(key, order(key));
    },
    insert(key, entry) {
      remove(key);
      if (entry.bytes > budgetBytes) return [key];
      const evicted: string[] = [];
      const spared: string[] = [];
      while (bytes + entry.bytes > budgetBytes) {
        const victim = heap.pop();
        if (victim === undefined) break;
        if (pins.isPinned(victim)) {
          spared.push(victim);
          continue;
        }
        remove(victim);
        evicted.push(victim);
      }
      for (const each of spared) heap.set(each, order(each));
      if (bytes + entry.bytes > budgetBytes) return [...evicted, key];
      entries.set(key, entry);
      counts.set(key, 1);
      heap.set(key, order(key));
      bytes += entry.bytes;
      return evicted;
    },
    remove,
    pin: (key, until) => pins.pin(key, until),
    unpin: (key) => pins.remove(key),
    keys: () => heap.sorted(),
  };
}
