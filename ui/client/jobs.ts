/** Jobs under way in a workspace: a slow poll of the list, and a stream for those being worked on. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import type { Job, PageOf } from '../../api/contract/index.ts';
import { getJson, queryString, send, sendJson } from './http.ts';
import { readEvents } from './sse.ts';

/** A browser opens six connections to one server; streams must leave room for everything else. */
const maxStreams = 2;

async function listJobs(
  workspaceId: string,
  state: Job['state'],
  signal: AbortSignal,
): Promise<Job[]> {
  const params = queryString({ workspace_id: workspaceId, state, limit: 200 });
  return (await getJson<PageOf<Job>>(`/v1/jobs${params}`, signal)).data;
}

/** Jobs waiting or processing, by document id. */
export function useActiveJobs(workspaceId: string): Map<string, Job> {
  const query = useQuery({
    queryKey: ['jobs', workspaceId],
    queryFn: async ({ signal }) => {
      const [processing, enqueued] = await Promise.all([
        listJobs(workspaceId, 'processing', signal),
        listJobs(workspaceId, 'enqueued', signal),
      ]);
      return [...processing, ...enqueued];
    },
    refetchInterval: ({ state }) => (state.data?.length ? 1_500 : 15_000),
  });
  const jobs = query.data ?? [];
  const streamed = jobs.filter((job) => job.state === 'processing').slice(0, maxStreams);
  useJobStreams(workspaceId, streamed.map((job) => job.id).join(' '));
  useRefreshWhenDone(workspaceId, jobs);
  return new Map(jobs.map((job) => [job.document_id, job]));
}

function useJobStreams(workspaceId: string, ids: string): void {
  const client = useQueryClient();
  useEffect(() => {
    const abort = new AbortController();
    const onJob = (job: Job) => {
      client.setQueryData<Job[]>(['jobs', workspaceId], (jobs) => replaceJob(jobs ?? [], job));
    };
    for (const id of ids.split(' ').filter(Boolean)) {
      followJob(id, onJob, abort.signal).catch(() => undefined); // the poll goes on
    }
    return () => abort.abort();
  }, [client, workspaceId, ids]);
}

async function followJob(
  id: string,
  onJob: (job: Job) => void,
  signal: AbortSignal,
): Promise<void> {
  const response = await send(`/v1/jobs/${id}/stream`, { signal, accept: 'text/event-stream' });
  for await (const event of readEvents(response)) {
    if (event.event === 'job.updated') onJob(JSON.parse(event.data) as Job);
  }
}

const isActive = (job: Job) => job.state === 'enqueued' || job.state === 'processing';

function replaceJob(jobs: Job[], job: Job): Job[] {
  return jobs.map((other) => (other.id === job.id ? job : other)).filter(isActive);
}

/** A job that left the list has changed its document, the graph and the counts. */
function useRefreshWhenDone(workspaceId: string, jobs: Job[]): void {
  const client = useQueryClient();
  const ids = jobs.map((job) => job.id).join(' ');
  const seen = useRef('');
  useEffect(() => {
    if (seen.current === ids) return;
    seen.current = ids;
    for (const key of [
      ['documents', workspaceId],
      ['workspaces'],
      ['graph', workspaceId],
      ['status'],
    ]) {
      client.invalidateQueries({ queryKey: key }).catch(() => undefined);
    }
  }, [client, workspaceId, ids]);
}

export function useJobActions(workspaceId: string) {
  const client = useQueryClient();
  const onSettled = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ['jobs', workspaceId] }),
      client.invalidateQueries({ queryKey: ['documents', workspaceId] }),
    ]);
  const cancel = useMutation({
    mutationFn: (id: string) => sendJson('POST', `/v1/jobs/${id}/cancel`),
    onSettled,
  });
  const retry = useMutation({
    mutationFn: (id: string) => sendJson('POST', `/v1/jobs/${id}/retry`),
    onSettled,
  });
  return { cancel, retry };
}
