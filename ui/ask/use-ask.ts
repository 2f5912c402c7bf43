/** Asking from a page: waits for the answer to be made, then goes to its URL. */
import { useRef, useState } from 'react';
import { useNavigate } from 'react-router';
import type { Answer, Problem } from '../../api/contract/index.ts';
import { conversationAfter } from '../client/conversations.ts';
import { problemOf } from '../client/problem.ts';
import { useWorkspaceId } from '../shell/use-workspace-id.ts';
import type { Ask } from './live-answers.ts';
import { useLiveAnswers } from './use-answer.tsx';

export function useAsk() {
  const live = useLiveAnswers();
  const workspaceId = useWorkspaceId();
  const navigate = useNavigate();
  const abort = useRef<AbortController>(null);
  const [asked, setAsked] = useState<Ask | null>(null);
  const [pending, setPending] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);

  const ask = async (next: Ask, follows?: Answer) => {
    abort.current = new AbortController();
    setAsked(next);
    setPending(true);
    setProblem(null);
    try {
      const conversation = follows && (await conversationAfter(follows));
      const full = conversation ? { ...next, conversation_id: conversation } : next;
      setAsked(full);
      const id = await live.ask(workspaceId, full, abort.current);
      await navigate(`/w/${workspaceId}/ask/${id}`);
    } catch (error) {
      if (!abort.current.signal.aborted) setProblem(problemOf(error));
    } finally {
      setPending(false);
    }
  };
  return {
    /** `follows`: the answer that the question goes on from. */
    ask: (next: Ask, follows?: Answer) => void ask(next, follows),
    again: asked ? () => void ask(asked) : undefined,
    stop: () => abort.current?.abort(),
    pending,
    problem,
  };
}
