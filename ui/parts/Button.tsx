import type { ComponentProps, ReactNode } from 'react';

const looks = {
  primary: 'bg-accent text-on-accent hover:bg-accent-hover border-transparent font-semibold',
  plain: 'bg-surface text-ink hover:bg-sunken border-line-strong',
  quiet: 'bg-transparent text-muted hover:text-ink hover:bg-sunken border-transparent',
  danger: 'bg-danger text-surface border-transparent font-semibold hover:opacity-90',
};

type ButtonProps = ComponentProps<'button'> & { look?: keyof typeof looks; icon?: ReactNode };

export function Button({ look = 'plain', icon, children, className = '', ...rest }: ButtonProps) {
  const shape =
    'inline-flex min-h-8 items-center justify-center gap-1.5 rounded-md border px-3 py-1 text-sm';
  return (
    <button
      type="button"
      className={`${shape} whitespace-nowrap disabled:cursor-not-allowed disabled:opacity-55 ${looks[look]} ${className}`}
      {...rest}
    >
      {icon}
      {children}
    </button>
  );
}

type IconButtonProps = ComponentProps<'button'> & { label: string };

/** A button of one icon, at least 32 px on a side; `label` is its name and tooltip. */
export function IconButton({ label, className = '', children, ...rest }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={`inline-flex size-8 shrink-0 items-center justify-center rounded-md text-muted hover:bg-sunken hover:text-ink disabled:opacity-50 ${className}`}
      {...rest}
    >
      {children}
    </button>
  );
}
