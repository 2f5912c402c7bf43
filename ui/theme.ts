/** Light or dark: the system's choice until the reader makes one. */
import { useSyncExternalStore } from 'react';

export type Theme = 'light' | 'dark';

const storageKey = 'graphblend.theme';
const system = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

function current(): Theme {
  const kept = localStorage.getItem(storageKey);
  if (kept === 'light' || kept === 'dark') return kept;
  return system.matches ? 'dark' : 'light';
}

function apply(): void {
  document.documentElement.dataset.theme = current();
  for (const listener of listeners) listener();
}

export function startTheme(): void {
  apply();
  system.addEventListener('change', apply);
}

export function toggleTheme(): void {
  localStorage.setItem(storageKey, current() === 'dark' ? 'light' : 'dark');
  apply();
}

export function useTheme(): Theme {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, current);
}
