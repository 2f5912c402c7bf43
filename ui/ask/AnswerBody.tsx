/** The words of the answer. Sans is the reader's own wording; serif is quoted from a source. */
import { Quote } from 'lucide-react';
import { lazy, Suspense } from 'react';
import type { Answer } from '../../api/contract/index.ts';
import { CitationButton } from './CitationButton.tsx';

const MarkdownText = lazy(() => import('./MarkdownText.tsx'));

type AnswerBodyProps = { answer: Answer; onCite: (index: number) => void };

export function AnswerBody({ answer, onCite }: AnswerBodyProps) {
  if (answer.kind === 'none' && answer.status !== 'in_progress') return <Abstention text={answer.text} />;
  if (answer.text === '') return null;
  if (answer.kind === 'extractive') return <Quoted answer={answer} onCite={onCite} />;
  const short = answer.text.length < 140;
  const writing = answer.status === 'in_progress';
  return (
    <div
      data-testid="answer-text"
      className={`text-pretty ${short ? 'text-[1.375rem] leading-8' : 'text-read'} ${writing ? 'caret' : ''}`}
    >
      {looksLikeMarkdown(answer.text) ? (
        <Suspense fallback={<PlainText text={answer.text} onCite={onCite} />}>
          <MarkdownText text={answer.text} onCite={onCite} />
        </Suspense>
      ) : (
        <PlainText text={answer.text} onCite={onCite} />
      )}
      <UnmentionedCitations answer={answer} onCite={onCite} />
    </div>
  );
}

/** The small bundled reader writes plain sentences; larger models write lists, code and emphasis. */
const looksLikeMarkdown = (text: string) => /^(#{1,6} |[-*+] |\d+\. |```|> |\|)|\*\*|`/m.test(text);

function PlainText({ text, onCite }: { text: string; onCite: (index: number) => void }) {
  return text.split(/(\[\d+\])/).map((part, at) => {
    const index = /^\[(\d+)\]$/.exec(part)?.[1];
    // The parts of one text never change places.
    // eslint-disable-next-line react/no-array-index-key
    return index ? <CitationButton key={at} index={Number(index)} onCite={onCite} /> : <span key={at} className="whitespace-pre-wrap">{part}</span>;
  });
}

/** Citations the text itself does not point to stand behind it. */
function UnmentionedCitations({ answer, onCite }: AnswerBodyProps) {
  const rest = answer.citations.filter((citation) => !answer.text.includes(`[${citation.index}]`));
  return rest.map(({ index }) => <CitationButton key={index} index={index} onCite={onCite} />);
}

function Quoted({ answer, onCite }: AnswerBodyProps) {
  return (
    <div>
      <p className="mb-2 flex items-start gap-2 text-sm text-muted">
        <Quote aria-hidden size={14} className="mt-0.5 shrink-0" />
        Quoted from the sources: the reader was not sure enough to phrase an answer
      </p>
      <blockquote data-testid="answer-text" className="font-serif text-xl leading-8 text-pretty">
        <PlainText text={answer.text} onCite={onCite} />
        <UnmentionedCitations answer={answer} onCite={onCite} />
      </blockquote>
    </div>
  );
}

function Abstention({ text }: { text: string }) {
  return (
    <div data-testid="answer-text" className="rounded-lg border border-line bg-surface px-5 py-4">
      <p className="text-read font-semibold">The documents do not say</p>
      <p className="mt-1 max-w-prose text-muted">
        {text || 'No sentence in this workspace supports an answer, so none was made up.'} The nearest passages are
        below; a question in other words, or another document, may help.
      </p>
    </div>
  );
}
