/** Least recently used out first: the baseline. */
import { Pins } from './pins.ts';
import type { CacheEntry, EvictionPolicy, PolicyOptions } from './types.ts';

export function leastRecentlyUsed({ budgetBytes, now = Date.now }: PolicyOptions): EvictionPolicy {
  /** In order of use: a Map keeps insertion order, and what is used is inserted again. */
  const entries = new Map<string, CacheEntry>();
  const pins = new Pins(now);
  let bytes = 0;

  function remove(key: string): void {
    bytes -= entries.get(key)?.bytes ?? 0;
    entries.delete(key);
    pins.remove(key);
  }

  return {
    name: 'lru',
    use(key) {
      const entry = entries.get(key);
      if (!entry) return;
      entries.delete(key);
      entries.set(key, entry);
    },
    insert(key, entry) {
      remove(key);
      if (entry.bytes > budgetBytes) return [key];
      const evicted: string[] = [];
      for (const oldest of entries.keys()) {
        if (bytes + entry.bytes <= budgetBytes) break;
        if (pins.isPinned(oldest)) continue;
        remove(oldest);
        evicted.push(oldest);
      }
      if (bytes + entry.bytes > budgetBytes) return [...evicted, key];
      entries.set(key, entry);
      bytes += entry.bytes;
      return evicted;
    },
    remove,
    pin: (key, until) => pins.pin(key, until),
    unpin: (key) => pins.remove(key),
    keys: () => [...entries.keys()],
  };
}
