import { GraphblendError } from '../../engine/index.ts';

/** The queue's server could not be reached in time; whether the call took effect is not known. */
export class QueueUnavailableError extends GraphblendError {
  override readonly name = 'QueueUnavailableError';
  override readonly code = 'queue_unavailable';
  /** Where the queue was expected, without credentials. */
  readonly address: string;

  constructor(address: string, cause?: unknown) {
    super(`The job queue at ${address} does not answer.`, {
      fix: 'Check that Redis runs at REDIS_URL, or unset REDIS_URL to use the embedded queue.',
      cause,
    });
    this.address = address;
  }
}
