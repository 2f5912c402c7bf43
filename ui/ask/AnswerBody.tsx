/** The words of the answer. Sans is the reader's own wording; serif is quoted from a source. */
import { Quote } from 'lucide-react';
import { lazy, Suspense } from 'react';
import type { Answer, Citation } from '../../api/contract/index.ts';
import { AnswerWords } from './AnswerWords.tsx';
import { CitationButton } from './CitationButton.tsx';
import { answerQuotedIn } from './quoted.ts';

const MarkdownText = lazy(() => import('./MarkdownText.tsx'));

type AnswerBodyProps = { answer: Answer; onCite: (index: number) => void };

export function AnswerBody({ answer, onCite }: AnswerBodyProps) {
  if (answer.kind === 'none' && answer.status !== 'in_progress')
    return <Abstention text={answer.text} />;
  if (answer.text === '') return null;
  if (answer.kind === 'extractive') return <Quoted answer={answer} onCite={onCite} />;
  const short = answer.text.length < 140;
  const writing = answer.status === 'in_progress';
  return (
    <div
      data-testid="answer-text"
      className={`break-words text-pretty ${short ? 'text-[1.375rem] leading-8' : 'text-read'} ${writing ? 'caret' : ''}`}
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

type PlainTextProps = {
  text: string;
  /** Citations the text quotes whole; the answer in them is set apart. */
  quoted?: readonly Citation[];
  onCite: (index: number) => void;
};

const noCitations: readonly Citation[] = [];

function PlainText({ text, quoted = noCitations, onCite }: PlainTextProps) {
  return partsOf(text).map(({ start, words, index }) =>
    index === null ? (
      <span key={start} className="whitespace-pre-wrap">
        <AnswerWords text={words} at={answerQuotedIn(words, quoted)} />
      </span>
    ) : (
      <CitationButton key={start} index={index} onCite={onCite} />
    ),
  );
}

/** Words, and `[1]` between them, each with its place in the text. */
function partsOf(text: string): { start: number; words: string; index: number | null }[] {
  let start = 0;
  return text
    .split(/(\[\d+\])/)
    .map((words) => {
      const index = /^\[(\d+)\]$/.exec(words)?.[1];
      const part = { start, words, index: index === undefined ? null : Number(index) };
      start += words.length;
      return part;
    })
    .filter(({ words }) => words !== '');
}

/** Citations the text itself does not point to stand behind it. */
function UnmentionedCitations({ answer, onCite }: AnswerBodyProps) {
  const rest = answer.citations.filter((citation) => !answer.text.includes(`[${citation.index}]`));
  return rest.map(({ index }) => <CitationButton key={index} index={index} onCite={onCite} />);
}

/** Each quoted sentence followed by the number of its citation. */
function numberQuotes({ text, citations }: Answer): string {
  return citations.reduce((numbered, { index, text: sentence }) => {
    if (sentence === '' || numbered.includes(`[${index}]`)) return numbered;
    return numbered.replace(sentence, () => `${sentence}[${index}]`);
  }, text);
}

function Quoted({ answer, onCite }: AnswerBodyProps) {
  const text = numberQuotes(answer);
  return (
    <div>
      <p className="mb-2 flex items-start gap-2 text-sm text-muted">
        <Quote aria-hidden size={14} className="mt-0.5 shrink-0" />
        Quoted from the sources: the reader was not sure enough to phrase an answer
      </p>
      <blockquote
        data-testid="answer-text"
        className="font-serif text-xl leading-8 break-words text-pretty"
      >
        <PlainText text={text} quoted={answer.citations} onCite={onCite} />
        <UnmentionedCitations answer={{ ...answer, text }} onCite={onCite} />
      </blockquote>
    </div>
  );
}

function Abstention({ text }: { text: string }) {
  return (
    <div data-testid="answer-text" className="rounded-lg border border-line bg-surface px-5 py-4">
      <p className="text-read font-semibold">The documents do not say</p>
      <p className="mt-1 text-muted">
        {text || 'No sentence in this workspace supports an answer, so none was made up.'} The
        nearest passages are below; a question in other words, or another document, may help.
      </p>
    </div>
  );
}
