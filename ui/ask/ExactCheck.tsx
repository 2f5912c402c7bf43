/** "Check exactly": the same question with every passage read in full, beside the blended answer. */
import { Equal, EqualNot, Minus, ScanSearch, type LucideIcon } from 'lucide-react';
import { useState } from 'react';
import { useSearchParams } from 'react-router';
import type { Answer, Problem } from '../../api/contract/index.ts';
import { problemOf } from '../client/problem.ts';
import { Button } from '../parts/Button.tsx';
import { formatCount, formatMs } from '../parts/format.ts';
import { Loading, ProblemNotice } from '../parts/states.tsx';
import { compareAnswers, type Outcome } from './compare.ts';
import { modeLabel } from './modes.ts';
import { useAnswer, useLiveAnswers } from './use-answer.tsx';

export function ExactCheck({ answer }: { answer: Answer }) {
  const live = useLiveAnswers();
  const [params, setParams] = useSearchParams();
  const [problem, setProblem] = useState<Problem | null>(null);
  const exactId = params.get('exact');
  const check = async () => {
    setProblem(null);
    try {
      const id = await live.ask(answer.workspace_id, { question: answer.question, mode: 'exact' });
      setParams((before) => (before.set('exact', id), before), { replace: true });
    } catch (error) {
      setProblem(problemOf(error));
    }
  };
  if (answer.mode === 'exact') return null;
  return (
    <section aria-labelledby="exact" className="border-t border-line pt-4">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <h2 id="exact" className="text-sm font-semibold">
          Would a full read say the same?
        </h2>
        <Button onClick={() => void check()} icon={<ScanSearch aria-hidden size={15} />}>
          {exactId ? 'Check again' : 'Check exactly'}
        </Button>
      </div>
      {problem && <ProblemNotice problem={problem} onRetry={() => void check()} />}
      {exactId && <Comparison blended={answer} exactId={exactId} />}
    </section>
  );
}

function Comparison({ blended, exactId }: { blended: Answer; exactId: string }) {
  const { answer: exact, running, problem, loadProblem, reload } = useAnswer(exactId);
  const refused = problem ?? loadProblem;
  if (refused) return <ProblemNotice problem={refused} onRetry={reload} />;
  if (!exact) return <Loading label="Reading every passage in full" />;
  return (
    <div className="mt-3" aria-busy={running}>
      {!running && <Verdict blended={blended} exact={exact} />}
      <div className="mt-3 grid gap-3 sm:grid-cols-2">
        <Side answer={blended} />
        <Side answer={exact} />
      </div>
    </div>
  );
}

const marks: Record<Outcome, { Icon: LucideIcon; colour: string }> = {
  same: { Icon: Equal, colour: 'text-ok' },
  different: { Icon: EqualNot, colour: 'text-warn' },
  unknown: { Icon: Minus, colour: 'text-muted' },
};

function Verdict({ blended, exact }: { blended: Answer; exact: Answer }) {
  const { outcome, verdict, speed } = compareAnswers(blended, exact);
  const { Icon, colour } = marks[outcome];
  return (
    <p role="status" className="flex items-start gap-2">
      <Icon aria-hidden size={18} className={`mt-0.5 shrink-0 ${colour}`} />
      <span>
        <strong className="font-semibold">{verdict}</strong> {speed}
      </span>
    </p>
  );
}

function Side({ answer }: { answer: Answer }) {
  const computed = answer.reuse && answer.reuse.prompt_tokens - answer.reuse.cached_tokens;
  return (
    <div className="rounded-lg border border-line bg-surface px-4 py-3">
      <h3 className="text-xs font-semibold text-muted">{modeLabel(answer.mode)}</h3>
      <p
        className={`mt-1 whitespace-pre-wrap ${answer.kind === 'extractive' ? 'font-serif text-read' : 'text-read'}`}
      >
        {answer.text || (answer.status === 'in_progress' ? '…' : 'No answer')}
      </p>
      {answer.kind !== 'generated' && answer.reader_text && (
        <p className="mt-2 text-sm text-muted">
          The reader wrote: <q>{answer.reader_text.trim()}</q>
        </p>
      )}
      <dl className="mt-2 flex flex-wrap gap-x-5 text-xs tabular-nums">
        <Figure
          name="First token"
          value={answer.timings_ms ? formatMs(answer.timings_ms.first_token) : '…'}
        />
        {computed !== null && (
          <Figure name="Prompt tokens computed" value={formatCount(computed)} />
        )}
      </dl>
    </div>
  );
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div className="flex gap-1.5">
      <dt className="text-muted">{name}</dt>
      <dd className="font-semibold">{value}</dd>
    </div>
  );
}
