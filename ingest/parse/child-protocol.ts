/** Messages between the server and its parser process. */

import type { ParsedDocument } from '../../graph/index.ts';
import { ParseError, type ParseErrorCode } from './errors.ts';
import type { ParseLimits, ParseRequest } from './types.ts';

export interface ParseJob {
  readonly request: ParseRequest;
  readonly limits: ParseLimits;
}

export type ParseReply =
  | { readonly ok: true; readonly document: ParsedDocument }
  | {
      readonly ok: false;
      readonly error: {
        readonly code: ParseErrorCode;
        readonly message: string;
        readonly fix: string;
      };
    };

/** Written to stderr by the child's watchdog before it ends the process. */
export const MEMORY_MARK = 'graphblend-parser: memory limit reached';

export function toReplyError(error: unknown): ParseReply {
  if (error instanceof ParseError)
    return { ok: false, error: { code: error.code, message: error.message, fix: error.fix } };
  const message = `The document could not be read: ${error instanceof Error ? error.message : String(error)}`;
  return {
    ok: false,
    error: {
      code: 'damaged_document',
      message,
      fix: 'Save the document again and upload the new copy.',
    },
  };
}
