/** An answer with everything that explains it, in the order in which a reader asks: what, from where, how, how fast. */
import { RotateCcw } from 'lucide-react';
import type { Answer, Problem } from '../../api/contract/index.ts';
import { Button } from '../parts/Button.tsx';
import { formatDate } from '../parts/format.ts';
import { ProblemNotice } from '../parts/states.tsx';
import { AnswerBody } from './AnswerBody.tsx';
import { Citations } from './Citations.tsx';
import { Computation } from './Computation.tsx';
import { ExactCheck } from './ExactCheck.tsx';
import { FactPaths } from './FactPaths.tsx';
import type { Stage } from './live-answers.ts';
import { modeLabel } from './modes.ts';
import { Passages } from './Passages.tsx';
import { Announcer, Stages } from './Stages.tsx';

type AnswerViewProps = {
  answer: Answer;
  stage: Stage | null;
  problem: Problem | null;
  onOpen: (name: string, value: string) => void;
  onAskAgain: () => void;
};

export function AnswerView({ answer, stage, problem, onOpen, onAskAgain }: AnswerViewProps) {
  const running = answer.status === 'in_progress';
  const finished = answer.status === 'completed' || answer.status === 'incomplete';
  const abstained = answer.kind === 'none' && !running;
  const passages = (
    <Passages answer={answer} open={abstained} onOpen={(chunkId) => onOpen('chunk', chunkId)} />
  );
  const openCitation = (index: number) => onOpen('cite', String(index));
  return (
    <article aria-busy={running} className="mt-6 space-y-7">
      <header>
        <h1 className="text-xl leading-7 font-semibold break-words text-balance">
          {answer.question}
        </h1>
        <p className="mt-1 flex flex-wrap items-center gap-x-3 text-xs text-muted">
          {modeLabel(answer.mode)} · {formatDate(answer.created_at)} · {answer.model}
          {finished && (
            <button
              type="button"
              onClick={onAskAgain}
              className="inline-flex min-h-6 items-center gap-1 text-accent hover:underline"
            >
              <RotateCcw aria-hidden size={12} /> Ask again
            </button>
          )}
        </p>
      </header>
      <div>
        {running && <Stages stage={stage} />}
        <AnswerBody answer={answer} onCite={openCitation} />
        <Announcer answer={answer} stage={stage} />
        {problem ? (
          <div className="mt-4">
            <ProblemNotice problem={problem} onRetry={onAskAgain} retryLabel="Ask again" />
          </div>
        ) : (
          <Ending answer={answer} onAskAgain={onAskAgain} />
        )}
      </div>
      <Citations citations={answer.citations} onOpen={openCitation} />
      <FactPaths answer={answer} onOpen={(step) => onOpen('step', step)} />
      {abstained && passages}
      <Computation answer={answer} />
      {finished && !abstained && <ExactCheck answer={answer} />}
      {!abstained && passages}
    </article>
  );
}

function Ending({ answer, onAskAgain }: { answer: Answer; onAskAgain: () => void }) {
  if (answer.status === 'in_progress' || answer.status === 'completed') return null;
  const kept = answer.text === '' ? '' : ' What was written so far is kept.';
  const why =
    answer.status === 'cancelled' ? `Stopped.${kept}` : 'The answer reached its length limit.';
  return (
    <div className="mt-3 flex flex-wrap items-center gap-3 text-muted">
      <p>{why}</p>
      <Button onClick={onAskAgain} icon={<RotateCcw aria-hidden size={14} />}>
        Ask again
      </Button>
    </div>
  );
}
