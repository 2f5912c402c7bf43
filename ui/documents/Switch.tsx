type SwitchProps = {
  label: string;
  checked: boolean;
  disabled: boolean;
  onChange: (checked: boolean) => void;
};

export function Switch({ label, checked, disabled, onChange }: SwitchProps) {
  return (
    <button
      type="button"
      role="switch"
      aria-checked={checked}
      aria-label={label}
      title={checked ? 'Used for answers' : 'Not used for answers'}
      disabled={disabled}
      onClick={() => onChange(!checked)}
      className="inline-flex size-8 items-center justify-center disabled:opacity-50"
    >
      <span
        className={`flex h-4 w-7 rounded-full border p-px ${checked ? 'border-accent bg-accent' : 'border-line-strong bg-sunken'}`}
      >
        <span
          className={`size-3 rounded-full transition-transform ${checked ? 'translate-x-3 bg-on-accent' : 'bg-line-strong'}`}
        />
      </span>
    </button>
  );
}
