/** One answer at its own URL: streaming, stopped, finished or fetched again after a reload. */
import { useState } from 'react';
import { useParams, useSearchParams } from 'react-router';
import { Loading, ProblemNotice } from '../parts/states.tsx';
import { useHotkey } from '../parts/use-hotkey.ts';
import { SourcePanel } from '../reading/SourcePanel.tsx';
import { useTitle } from '../shell/use-title.ts';
import { useWorkspaceId } from '../shell/use-workspace-id.ts';
import { AnswerView } from './AnswerView.tsx';
import { ConversationTurns, FollowSwitch } from './Conversation.tsx';
import { passageInUrl } from './passages.ts';
import { QuestionBox } from './QuestionBox.tsx';
import { useAnswer, useLiveAnswers } from './use-answer.tsx';
import { useAsk } from './use-ask.ts';

export function AnswerPage() {
  const { answerId = '' } = useParams();
  const workspaceId = useWorkspaceId();
  const [params, setParams] = useSearchParams();
  const live = useLiveAnswers();
  const state = useAnswer(answerId);
  const { ask, again, stop, pending, problem } = useAsk();
  const { answer, running } = state;
  const [chosen, setChosen] = useState<{ id: string; on: boolean } | null>(null);
  const canFollow = answer?.reuse !== null && answer !== undefined && !running;
  // A conversation goes on unless it is said otherwise; a single answer begins none unless it is asked for.
  const isOn = chosen?.id === answerId ? chosen.on : answer?.conversation_id !== undefined;
  const follows = canFollow && isOn ? answer : undefined;
  useTitle(answer?.question);

  const passage = answer ? passageInUrl(answer, params) : null;
  const open = (name: string, value: string) =>
    setParams((before) => {
      for (const other of ['cite', 'step', 'chunk']) before.delete(other);
      if (value !== '') before.set(name, value);
      return before;
    });
  useHotkey('Escape', () => open('', ''), passage !== null && !running);
  const stopAll = () => {
    stop();
    if (running) void live.stop(answerId);
  };

  return (
    <div
      className={
        passage ? 'min-[1180px]:grid min-[1180px]:grid-cols-[minmax(0,1fr)_minmax(23rem,40%)]' : ''
      }
    >
      <div className="mx-auto w-full max-w-[46rem] min-w-0 px-4 py-5">
        <QuestionBox
          running={running || pending}
          placeholder={follows ? 'Ask a follow-up' : 'Ask another question'}
          onAsk={(next) => ask(next, follows)}
          onStop={stopAll}
        />
        {canFollow && (
          <FollowSwitch
            on={follows !== undefined}
            onChange={(on) => setChosen({ id: answerId, on })}
          />
        )}
        {answer?.conversation_id !== undefined && <ConversationTurns answer={answer} />}
        {problem && (
          <div className="mt-4">
            <ProblemNotice problem={problem} onRetry={again} />
          </div>
        )}
        {state.loadProblem && (
          <div className="mt-4">
            <ProblemNotice problem={state.loadProblem} onRetry={state.reload} />
          </div>
        )}
        {!answer && !state.loadProblem && <Loading label="Opening the answer" />}
        {answer && (
          <AnswerView
            key={answer.id}
            answer={answer}
            stage={state.stage}
            problem={state.problem}
            onOpen={open}
            onAskAgain={() => ask({ question: answer.question, mode: answer.mode })}
          />
        )}
      </div>
      {passage && (
        <SourcePanel workspaceId={workspaceId} passage={passage} onClose={() => open('', '')} />
      )}
    </div>
  );
}
