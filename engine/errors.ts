/**
 * Errors of the whole product start from `GraphblendError`: a stable `code` for programs, and a `fix`
 * that tells a person what to do. Only `api/` maps them to HTTP.
 */

export interface ErrorDetails {
  /** What the reader of the message can do about it. */
  readonly fix: string;
  readonly cause?: unknown;
}

export abstract class GraphblendError extends Error {
  /** Stable, snake_case; part of the API. */
  abstract readonly code: string;
  readonly fix: string;
  override readonly cause: Error | undefined;

  constructor(message: string, details: ErrorDetails) {
    super(message);
    this.fix = details.fix;
    this.cause = asError(details.cause);
  }
}

function asError(cause: unknown): Error | undefined {
  if (cause === undefined || cause instanceof Error) return cause;
  return new Error(typeof cause === 'string' ? cause : JSON.stringify(cause));
}

/** Anything that goes wrong while a model is loaded or run. */
export class EngineError extends GraphblendError {
  override name = 'EngineError';
  readonly code: string = 'engine_error';
}

/** A file of a checkpoint is missing, truncated, or does not say what its format demands. */
export class CheckpointError extends EngineError {
  override name = 'CheckpointError';
  override readonly code: string = 'checkpoint_damaged';
  readonly file: string;

  constructor(file: string, problem: string, details: Partial<ErrorDetails> = {}) {
    super(`${file}: ${problem}`, {
      fix: details.fix ?? 'Download or export the checkpoint again and check its SHA-256.',
      cause: details.cause,
    });
    this.file = file;
  }
}

/** The checkpoint is well formed, but asks for mathematics that this engine does not have. */
export class UnsupportedCheckpointError extends EngineError {
  override name = 'UnsupportedCheckpointError';
  override readonly code: string = 'checkpoint_unsupported';
  readonly file: string;
  /** The key or tensor that is not supported. */
  readonly key: string;
  readonly expected: string;
  readonly got: string;

  constructor(file: string, key: string, expected: string, got: unknown) {
    const shown = typeof got === 'string' ? got : (JSON.stringify(got) ?? 'nothing');
    super(`${file}: "${key}" should be ${expected}, but is ${shown}`, {
      fix:
        'Choose a checkpoint of a supported family (Llama, Mistral, Qwen2, Qwen3, SmolLM3, Gemma 2 and 3, Phi-3 ' +
        'decoders; BERT and ModernBERT encoders); ' +
        'running this one would give wrong numbers.',
    });
    this.file = file;
    this.key = key;
    this.expected = expected;
    this.got = shown;
  }
}

/** A file of the compiled model cache is missing or does not have the bytes its manifest promises. */
export class ModelCacheError extends EngineError {
  override name = 'ModelCacheError';
  override readonly code: string = 'model_cache_damaged';
  readonly file: string;

  constructor(file: string, problem: string, details: Partial<ErrorDetails> = {}) {
    super(`${file}: ${problem}`, {
      fix: details.fix ?? 'Delete this folder; it is compiled again at the next load.',
      cause: details.cause,
    });
    this.file = file;
  }
}

/** The caller's `isCancelled` answered true; rows of lower layers may already be written. */
export class CancelledError extends EngineError {
  override name = 'CancelledError';
  override readonly code: string = 'cancelled';

  constructor() {
    super('The computation was cancelled by its caller', {
      fix: 'Ask again if the result is still wanted.',
    });
  }
}

/** The checkpoint has no chat template, or its template rejects the messages. */
export class ChatTemplateError extends EngineError {
  override name = 'ChatTemplateError';
  override readonly code: string = 'chat_template';
}

/** A row's position does not fit into its sequence or into what the checkpoint was made for. */
export class SequenceFullError extends EngineError {
  override name = 'SequenceFullError';
  override readonly code: string = 'sequence_full';
  readonly position: number;
  readonly limit: number;

  constructor(position: number, limit: number, what: 'capacity' | 'maxPositions') {
    const owner = what === 'capacity' ? "the sequence's capacity" : "the model's longest sequence";
    super(`Position ${position} does not fit: ${owner} is ${limit} tokens`, {
      fix: 'Send a shorter prompt or fewer chunks, ask for fewer new tokens, or use a model with a longer context.',
    });
    this.position = position;
    this.limit = limit;
  }
}

/** A step or a call breaks the runner's contract: a programming error of the caller. */
export class InvalidStepError extends EngineError {
  override name = 'InvalidStepError';
  override readonly code: string = 'invalid_step';

  constructor(problem: string) {
    super(`Invalid step: ${problem}`, { fix: 'This is a bug in Graphblend: please report it.' });
  }
}

/** A model hub cannot be reached, refuses, or sends something else than it promised. */
export class HubError extends EngineError {
  override name = 'HubError';
  override readonly code: string = 'model_hub';
  readonly url: string;
  /** Of the answer, if there was one that refused. */
  readonly status: number | undefined;

  constructor(url: string, problem: string, details: ErrorDetails & { readonly status?: number }) {
    super(`${url}: ${problem}`, details);
    this.url = url;
    this.status = details.status;
  }

  /** Is it worth another try? The connection broke, or the server has trouble of its own. */
  get isPassing(): boolean {
    return this.status === undefined || this.status === 429 || this.status >= 500;
  }
}
