/** Why a request is not taken. All of them may be tried again. */
import { EngineError } from '../errors.ts';

/** The queue is full. */
export class OverloadedError extends EngineError {
  override name = 'OverloadedError';
  override readonly code: string = 'overloaded';

  constructor(what: string, limit: number) {
    super(`The model has no room for another request: ${what} (limit ${limit})`, {
      fix: 'Try again in a few seconds, or allow more waiting requests if memory permits.',
    });
  }
}

/** The first token would come too late to be of use. */
export class DeadlineError extends EngineError {
  override name = 'DeadlineError';
  override readonly code: string = 'deadline_unreachable';
  readonly expectedMs: number;

  constructor(expectedMs: number, withinMs: number) {
    super(
      `The first token would take about ${Math.round(expectedMs)} ms, but ${Math.round(withinMs)} ms are allowed`,
      { fix: 'Allow more time, send fewer chunks, or try again when fewer requests wait.' },
    );
    this.expectedMs = expectedMs;
  }
}

/** A sequence alone needs more memory than all sequences together may have. */
export class KvMemoryError extends EngineError {
  override name = 'KvMemoryError';
  override readonly code: string = 'kv_memory';

  constructor(tokens: number, bytes: number, limitBytes: number) {
    const mib = (count: number): string => `${Math.ceil(count / 2 ** 20)} MiB`;
    super(
      `${tokens} tokens need ${mib(bytes)} of key/value memory, but ${mib(limitBytes)} are allowed`,
      { fix: 'Send fewer chunks, ask for fewer new tokens, or allow more key/value memory.' },
    );
  }
}
