import { useState } from 'react';
import type { Mode } from '../../api/contract/index.ts';

/** What each mode trades, in one line. */
export const modes: { value: Mode; label: string; line: string }[] = [
  {
    value: 'fast',
    label: 'Fast',
    line: 'Recomputes least. Soonest, and now and then worded differently from a full read.',
  },
  {
    value: 'balanced',
    label: 'Balanced',
    line: 'Recomputes the tokens that tie the passages together. Soon, and close to a full read.',
  },
  {
    value: 'exact',
    label: 'Exact',
    line: 'Reads every passage again in full. Slowest; nothing is taken from the cache.',
  },
];

export const modeLabel = (mode: Mode) => modes.find((known) => known.value === mode)?.label ?? mode;

const storageKey = 'graphblend.mode';

/** The mode last chosen in this tab. */
export function chosenMode(): Mode {
  const kept = sessionStorage.getItem(storageKey);
  return modes.find((mode) => mode.value === kept)?.value ?? 'balanced';
}

export function useMode(): [Mode, (mode: Mode) => void] {
  const [mode, setMode] = useState(chosenMode);
  const choose = (next: Mode) => {
    sessionStorage.setItem(storageKey, next);
    setMode(next);
  };
  return [mode, choose];
}
