/** The API key of this tab, kept in sessionStorage, and whether the server asks for one. */
import { useSyncExternalStore } from 'react';

const storageKey = 'graphblend.key';
const listeners = new Set<() => void>();
let wanted = false;

function setWanted(value: boolean): void {
  if (wanted === value) return;
  wanted = value;
  for (const listener of listeners) listener();
}

export function authorization(): Record<string, string> {
  const key = sessionStorage.getItem(storageKey);
  return key ? { Authorization: `Bearer ${key}` } : {};
}

export const hasKey = () => sessionStorage.getItem(storageKey) !== null;

export function askForKey(): void {
  setWanted(true);
}

export function keepKey(key: string): void {
  sessionStorage.setItem(storageKey, key);
  setWanted(false);
}

export function useKeyWanted(): boolean {
  return useSyncExternalStore(
    (listener) => (listeners.add(listener), () => listeners.delete(listener)),
    () => wanted,
  );
}
