import { EngineError } from '../engine/index.ts';

/** Prompt and answer together are longer than the model's longest sequence. */
export class PromptTooLongError extends EngineError {
  override name = 'PromptTooLongError';
  override readonly code = 'sequence_full';
  readonly promptTokens: number;
  readonly maxTokens: number;
  /** `EngineInfo.reader.maxPositions`. */
  readonly limit: number;

  constructor(promptTokens: number, maxTokens: number, limit: number) {
    super(
      `The prompt has ${promptTokens} tokens and the answer may have ${maxTokens}, ` +
        `but the model's longest sequence is ${limit} tokens`,
      {
        fix: 'Ask a shorter question, send fewer chunks, allow a shorter answer, or use a model with a longer context.',
      },
    );
    this.promptTokens = promptTokens;
    this.maxTokens = maxTokens;
    this.limit = limit;
  }
}

/** The chat template does not leave room for passages: the prompt cannot be cut into reusable parts. */
export class PromptTemplateError extends EngineError {
  override name = 'PromptTemplateError';
  override readonly code = 'chat_template';
}

/** Without a proper salt one workspace could find what another one has cached. */
export class WorkspaceSaltError extends EngineError {
  override name = 'WorkspaceSaltError';
  override readonly code = 'workspace_salt';

  constructor() {
    super('A workspace salt should be at least 32 hexadecimal characters', {
      fix: 'This is a bug in Graphblend, or the workspaces table was edited: please report it.',
    });
  }
}

/** The output cannot be held to the form that was asked for. */
export class UnsupportedFormatError extends EngineError {
  override name = 'UnsupportedFormatError';
  override readonly code = 'format_unsupported';

  constructor(reason: string) {
    super(`The output cannot be held to this form: ${reason}`, {
      fix: 'Ask for a smaller form, allow more tokens, or use another reader.',
    });
  }
}

/** The engine's process ended, or is being started again: what was asked of it is lost, and may be asked once more. */
export class EngineRestartingError extends EngineError {
  override name = 'EngineRestartingError';
  override readonly code = 'engine_restarting';

  constructor(reason?: string) {
    super(`The engine is being started again${reason ? ` (it ended: ${reason})` : ''}`, {
      fix: 'Try again in a few seconds. If it keeps happening, the server log tells which model or memory limit is at fault.',
    });
  }
}
