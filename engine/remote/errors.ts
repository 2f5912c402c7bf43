import { EngineError } from '../errors.ts';

/** The remote model server refused, failed or did not answer. Never carries the key or the prompt. */
export class RemoteModelError extends EngineError {
  override name = 'RemoteModelError';
  override readonly code = 'remote_model_error';
  /** HTTP status; undefined if none came. */
  readonly status: number | undefined;
  /** The same request may succeed later. */
  readonly isTransient: boolean;

  constructor(
    message: string,
    details: {
      readonly fix: string;
      readonly status?: number;
      readonly isTransient: boolean;
      readonly cause?: unknown;
    },
  ) {
    super(message, { fix: details.fix, cause: details.cause });
    this.status = details.status;
    this.isTransient = details.isTransient;
  }
}
