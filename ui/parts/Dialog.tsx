/** Modal dialog and side sheet on Radix: focus is trapped, Esc closes, focus returns to what opened it. */
import { X } from 'lucide-react';
import { Dialog as Radix } from 'radix-ui';
import { useState, type ReactNode } from 'react';
import { IconButton } from './Button.tsx';

type DialogProps = { title: string; onClose: () => void; children: ReactNode; sheet?: boolean };

const middle =
  'top-[12vh] left-1/2 max-h-[76vh] w-[calc(100vw-2rem)] max-w-md -translate-x-1/2 overflow-y-auto rounded-xl p-5';
const side = 'inset-y-0 right-0 flex w-full max-w-xl flex-col overflow-hidden';

export function Dialog({ title, onClose, children, sheet = false }: DialogProps) {
  const [opener] = useState(() => document.activeElement);
  // Radix returns focus to its own trigger, and there is none: the dialog is mounted when it is wanted.
  const returnFocus = (event: Event) => {
    event.preventDefault();
    if (opener instanceof HTMLElement) opener.focus();
  };
  return (
    <Radix.Root open onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-black/45" />
        <Radix.Content
          aria-describedby={undefined}
          onCloseAutoFocus={returnFocus}
          className={`fixed z-50 border border-line bg-surface text-ink shadow-2xl ${sheet ? side : middle}`}
        >
          {sheet ? (
            <Radix.Title className="sr-only">{title}</Radix.Title>
          ) : (
            <div className="mb-3 flex items-start justify-between gap-3">
              <Radix.Title className="text-read font-semibold">{title}</Radix.Title>
              <Radix.Close asChild>
                <IconButton label="Close">
                  <X aria-hidden size={16} />
                </IconButton>
              </Radix.Close>
            </div>
          )}
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
