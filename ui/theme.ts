/** Light or dark: the system's choice until the reader makes one. */
import { useState } from 'react';

export type Theme = 'light' | 'dark';

const storageKey = 'graphblend.theme';
const system = matchMedia('(prefers-color-scheme: dark)');

function current(): Theme {
  const kept = localStorage.getItem(storageKey);
  if (kept === 'light' || kept === 'dark') return kept;
  return system.matches ? 'dark' : 'light';
}

function apply(): Theme {
  const theme = current();
  document.documentElement.dataset.theme = theme;
  return theme;
}

export function startTheme(): void {
  apply();
  system.addEventListener('change', apply);
}

export function useTheme(): [Theme, () => void] {
  const [theme, setTheme] = useState(current);
  const toggle = () => {
    localStorage.setItem(storageKey, theme === 'dark' ? 'light' : 'dark');
    setTheme(apply());
  };
  return [theme, toggle];
}
