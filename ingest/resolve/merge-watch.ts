/** Merges what is all but certain in the workspaces that want it, each time their graph has come to rest. */
import type { CorpusStore, GraphStore } from '../../graph/index.ts';
import type { HandlerLog } from '../handle-job.ts';
import { workspaceIds } from '../listings.ts';
import type { IdentityService } from './identity-service.ts';

interface WatchParts {
  readonly corpus: CorpusStore;
  readonly graph: GraphStore;
  readonly identity: IdentityService;
  readonly log: HandlerLog;
}

const EVERY_MS = 15_000;

/** Returns what ends it, when a look that is under way has ended too. */
export function watchForMerges(parts: WatchParts, everyMs = EVERY_MS): () => Promise<void> {
  const seen = new Map<string, string>();
  const stop = new AbortController();
  let look: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    look = look
      .then(() => lookAtAll(parts, seen, stop.signal))
      .catch((error: unknown) => {
        if (!stop.signal.aborted) parts.log.warn({ err: error }, 'entities were not merged');
      });
  }, everyMs);
  timer.unref();
  return () => {
    clearInterval(timer);
    stop.abort();
    return look;
  };
}

async function lookAtAll(
  { corpus, graph, identity }: WatchParts,
  seen: Map<string, string>,
  signal: AbortSignal,
): Promise<void> {
  const busy = new Set(corpus.unfinishedJobs().map((job) => job.workspaceId));
  for (const id of workspaceIds(corpus)) {
    signal.throwIfAborted();
    if (busy.has(id) || !corpus.workspace(id)?.settings.mergeCertain) continue;
    const state = JSON.stringify(await graph.stats(id));
    if (seen.get(id) === state) continue;
    await identity.mergeCertain(id, signal);
    seen.set(id, JSON.stringify(await graph.stats(id)));
  }
}
