import type { Citation } from '../../api/contract/index.ts';
import { AnswerWords } from './AnswerWords.tsx';
import { answerWithin } from './quoted.ts';

type CitationsProps = { citations: Citation[]; onOpen: (index: number) => void };

/** The cited sentences, each a way into its document. */
export function Citations({ citations, onOpen }: CitationsProps) {
  if (citations.length === 0) return null;
  return (
    <section aria-labelledby="sources">
      <h2 id="sources" className="text-sm font-semibold">
        Sources
      </h2>
      <ol className="mt-1.5 divide-y divide-line border-y border-line">
        {citations.map((citation) => (
          <li key={citation.index}>
            <button
              type="button"
              onClick={() => onOpen(citation.index)}
              className="flex w-full gap-3 px-1 py-2.5 text-left hover:bg-surface"
            >
              <span className="mt-0.5 flex h-5 min-w-5 items-center justify-center rounded bg-accent-soft text-2xs font-semibold text-accent">
                {citation.index}
              </span>
              <span className="min-w-0 break-words">
                <span className="block font-serif text-[1rem] leading-6">
                  <Sentence citation={citation} />
                </span>
                <span className="mt-0.5 block text-xs text-muted">
                  {citation.document_title}
                  {citation.page !== null && `, page ${citation.page}`}
                </span>
              </span>
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}

/** The API empties the sentences of documents that were deleted since. */
function Sentence({ citation }: { citation: Citation }) {
  if (citation.text === '')
    return <span className="font-sans text-muted italic">This document was deleted</span>;
  return <AnswerWords text={citation.text} at={answerWithin(citation)} />;
}
