/** The parser process's side: one job at a time from the parent, one reply each. */

import type { ParsedDocument } from '../../graph/index.ts';
import { toReplyError, type ParseJob, type ParseReply } from './child-protocol.ts';
import { startWatchdog } from './watchdog.ts';

export type ParseFile = (job: ParseJob) => Promise<ParsedDocument>;

/** Serves until the parent disconnects. */
export function serveParser(parse: ParseFile): void {
  const watchdog = startWatchdog();
  process.on('disconnect', () => process.exit(0));
  process.on('message', (job: ParseJob) => {
    watchdog.watch(job.limits);
    void answer(parse, job).then((reply) => {
      watchdog.rest();
      process.send?.(reply);
    });
  });
}

async function answer(parse: ParseFile, job: ParseJob): Promise<ParseReply> {
  try {
    return { ok: true, document: await parse(job) };
  } catch (error) {
    return toReplyError(error);
  }
}
