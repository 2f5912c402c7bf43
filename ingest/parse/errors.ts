/** What can be wrong with a document. One class, because the caller treats all of them alike: say why, go on. */

import { GraphblendError, type ErrorDetails } from '../../engine/errors.ts';

export type ParseErrorCode =
  | 'empty_document'
  | 'encrypted_document'
  | 'wrong_type'
  | 'unsupported_type'
  | 'damaged_document'
  | 'invalid_encoding'
  | 'document_too_large'
  | 'archive_bomb'
  | 'parser_timeout'
  | 'parser_out_of_memory'
  | 'parser_crashed'
  | 'parser_aborted'
  | 'no_text'
  | 'url_refused'
  | 'url_unreachable'
  | 'url_status';

export interface ParseErrorDetails extends ErrorDetails {
  readonly code: ParseErrorCode;
}

export class ParseError extends GraphblendError {
  override readonly name = 'ParseError';
  override readonly code: ParseErrorCode;

  constructor(message: string, details: ParseErrorDetails) {
    super(message, details);
    this.code = details.code;
  }
}

/** Wraps what a parser library threw; a ParseError passes through unchanged. */
export function damaged(what: string, cause: unknown): ParseError {
  if (cause instanceof ParseError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ParseError(`The ${what} could not be read: ${firstLine(reason)}`, {
    code: 'damaged_document',
    fix: 'Open the file in the program it comes from, save it again, and upload the new copy.',
    cause,
  });
}

export function noText(what: string, fix: string): ParseError {
  return new ParseError(`No text was found in the ${what}`, { code: 'no_text', fix });
}

function firstLine(text: string): string {
  return (text.split('\n', 1)[0] ?? '').slice(0, 300);
}
