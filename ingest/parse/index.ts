/** Documents in eight formats -> text with blocks. Uploads are read in a child process: `parseInChild`. */

export { ParseError, type ParseErrorCode } from './errors.ts';
export {
  DEFAULT_FETCH_LIMITS,
  fetchDocument,
  type FetchedDocument,
  type FetchLimits,
} from './fetch-url.ts';
export { mediaTypeOf, promisedFormat } from './media-type.ts';
export { parseDocument } from './parse-document.ts';
export { ChildParser, parseInChild, type ParserOptions } from './parse-in-child.ts';
export { titleFromName } from './title.ts';
export { DEFAULT_PARSE_LIMITS, type Format, type ParseLimits, type ParseRequest } from './types.ts';
