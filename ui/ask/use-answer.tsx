/** One answer by id: the live one while it streams to this tab, the stored one otherwise. */
import { useQueryClient } from '@tanstack/react-query';
import {
  createContext,
  use,
  useEffect,
  useState,
  useSyncExternalStore,
  type ReactNode,
} from 'react';
import { answerKey, historyKey, useStoredAnswer } from '../client/answers.ts';
import { problemOf } from '../client/problem.ts';
import { LiveAnswers } from './live-answers.ts';

const LiveContext = createContext<LiveAnswers | null>(null);

export function LiveAnswersProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const [live] = useState(
    () =>
      new LiveAnswers((answer) => {
        client.setQueryData(answerKey(answer.id), answer);
        void client.invalidateQueries({ queryKey: historyKey(answer.workspace_id) });
        void client.invalidateQueries({ queryKey: ['status'] });
      }),
  );
  return <LiveContext value={live}>{children}</LiveContext>;
}

export function useLiveAnswers(): LiveAnswers {
  const live = use(LiveContext);
  if (!live) throw new Error('useLiveAnswers needs a LiveAnswersProvider above it.');
  return live;
}

export function useAnswer(id: string) {
  const store = useLiveAnswers();
  const live = useSyncExternalStore(store.subscribe, () => store.get(id));
  const stored = useStoredAnswer(id, live === undefined);
  const answer = live?.answer ?? stored.data;
  const unfollowed = !live && stored.data?.status === 'in_progress';
  useEffect(() => {
    if (unfollowed) void store.resume(id);
  }, [store, id, unfollowed]);
  return {
    answer,
    stage: live?.stage ?? null,
    running: answer?.status === 'in_progress',
    problem: live?.problem ?? answer?.error ?? null,
    loadProblem: !answer && stored.error ? problemOf(stored.error) : null,
    reload: () => void stored.refetch(),
  };
}
