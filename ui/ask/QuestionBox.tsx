import { ArrowUp, Square } from 'lucide-react';
import { useId, useRef, useState, type KeyboardEvent } from 'react';
import { Button } from '../parts/Button.tsx';
import { plural } from '../parts/format.ts';
import { useHotkey } from '../parts/use-hotkey.ts';
import type { Ask } from './live-answers.ts';
import { ModeSwitch } from './ModeSwitch.tsx';
import { useMode } from './modes.ts';

type QuestionBoxProps = {
  running: boolean;
  placeholder: string;
  autoFocus?: boolean;
  onAsk: (ask: Ask) => void;
  onStop: () => void;
};

/** What the API accepts; the hint appears when fewer than `hintFrom` are left. */
const maxCharacters = 4000;
const hintFrom = 400;

/** Enter asks, Shift+Enter breaks the line, `/` comes here from anywhere, Esc stops a running answer. */
export function QuestionBox({ running, placeholder, autoFocus, onAsk, onStop }: QuestionBoxProps) {
  const [question, setQuestion] = useState('');
  const [mode, setMode] = useMode();
  const hintId = useId();
  const left = maxCharacters - question.length;
  const field = useRef<HTMLTextAreaElement>(null);
  useHotkey('/', () => field.current?.focus());
  useHotkey('Escape', onStop, running);
  const submit = () => {
    if (question.trim() === '' || running) return;
    onAsk({ question: question.trim(), mode });
    setQuestion('');
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    submit();
  };
  return (
    <form
      role="search"
      aria-label="Ask a question"
      onSubmit={(event) => (event.preventDefault(), submit())}
      className="rounded-xl border border-line-strong bg-surface p-2 shadow-xs has-[textarea:focus-visible]:outline-2 has-[textarea:focus-visible]:-outline-offset-1 has-[textarea:focus-visible]:outline-accent"
    >
      <label className="block">
        <span className="sr-only">Question</span>
        <textarea
          ref={field}
          rows={1}
          maxLength={maxCharacters}
          aria-describedby={hintId}
          autoFocus={autoFocus}
          value={question}
          placeholder={placeholder}
          aria-keyshortcuts="/"
          onChange={(event) => setQuestion(event.target.value)}
          onKeyDown={onKeyDown}
          className="field-sizing-content max-h-48 min-h-10 w-full resize-none rounded-md bg-transparent px-2 py-2 text-read leading-6 outline-none"
        />
      </label>
      <p id={hintId} role="status" className="px-2 text-xs text-muted tabular-nums">
        {left < hintFrom &&
          (left === 0
            ? 'A question has at most 4,000 characters; what came after them was left out.'
            : `${plural(left, 'character')} left of 4,000`)}
      </p>
      <div className="mt-1 flex items-end gap-2 sm:items-center">
        <div className="min-w-0 flex-1">
          <ModeSwitch value={mode} onChange={setMode} />
        </div>
        {running ? (
          <Button
            onClick={onStop}
            icon={<Square aria-hidden size={12} fill="currentColor" />}
            aria-keyshortcuts="Escape"
          >
            Stop <kbd className="hidden text-2xs text-muted sm:inline">Esc</kbd>
          </Button>
        ) : (
          <Button
            type="submit"
            look="primary"
            disabled={question.trim() === ''}
            icon={<ArrowUp aria-hidden size={15} strokeWidth={2.5} />}
          >
            Ask
          </Button>
        )}
      </div>
    </form>
  );
}
