/** The ingest thread, started a second time where it ends unasked; jobs it had are delivered again. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { IngestThread } from '../ingest/index.ts';

const PAUSE_MS = 1000;

type StartThread = (onExit: (error: Error) => void) => Promise<IngestThread>;

/**
 * `onChange` gets why nothing can be ingested, and undefined when it goes on. A thread that ends twice has
 * a reason that a third start would meet again: the server then stays not ready.
 */
export async function startIngestThreadTwice(
  start: StartThread,
  log: Pick<Logger, 'error'>,
  onChange: (failure: Error | undefined) => void,
): Promise<IngestThread> {
  const closing = new AbortController();
  const ended = (error: Error): void => {
    log.error({ err: error }, 'the ingest thread has ended');
    onChange(error);
  };
  const startAgain = async (): Promise<IngestThread> => {
    await sleep(PAUSE_MS, undefined, { signal: closing.signal });
    const thread = await start(ended);
    onChange(undefined);
    return thread;
  };
  let second: Promise<IngestThread | undefined> | undefined;
  const first = await start((failure) => {
    ended(failure);
    second = startAgain().catch((cause: unknown) => {
      if (!closing.signal.aborted) log.error({ err: cause }, 'the ingest thread does not start');
      return undefined;
    });
  });
  return {
    close: async () => {
      closing.abort();
      await first.close();
      await (await second)?.close();
    },
  };
}
