import { useId } from 'react';
import type { Mode } from '../../api/contract/index.ts';
import { modes } from './modes.ts';

type ModeSwitchProps = { value: Mode; onChange: (mode: Mode) => void };

export function ModeSwitch({ value, onChange }: ModeSwitchProps) {
  const id = useId();
  return (
    <fieldset className="flex min-w-0 flex-wrap items-center gap-x-3 gap-y-1">
      <legend className="sr-only">How exact the answer must be</legend>
      <div className="flex rounded-md border border-line-strong bg-sunken p-0.5">
        {modes.map((mode) => (
          <label
            key={mode.value}
            className="rounded-[5px] px-2.5 py-1 text-sm text-muted has-checked:bg-surface has-checked:font-semibold has-checked:text-ink has-checked:shadow-sm has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent"
          >
            <input
              type="radio"
              name={id}
              value={mode.value}
              checked={mode.value === value}
              onChange={() => onChange(mode.value)}
              className="sr-only"
            />
            {mode.label}
          </label>
        ))}
      </div>
      <p className="min-w-0 flex-1 basis-56 text-xs text-muted">
        {modes.find((mode) => mode.value === value)?.line}
      </p>
    </fieldset>
  );
}
