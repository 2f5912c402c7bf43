import { splitAt } from './quoted.ts';
import type { Span } from '../../api/contract/index.ts';

/** Text of a source, with the words that are the answer set apart. */
export function AnswerWords({ text, at }: { text: string; at: Span | null }) {
  if (!at) return text;
  const [before, words, after] = splitAt(text, at);
  return (
    <>
      {before}
      <strong className="font-semibold underline decoration-mark-strong decoration-3 underline-offset-3">
        {words}
      </strong>
      {after}
    </>
  );
}
