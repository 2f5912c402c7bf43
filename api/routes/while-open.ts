import type { Response } from 'express';

/** Aborted when whoever asked has gone: nothing is fetched for nobody. */
export function whileOpen(response: Response): AbortSignal {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  return gone.signal;
}
