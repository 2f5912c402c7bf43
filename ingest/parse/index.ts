/** Documents in eight formats -> text with blocks. Uploads are read in a child process: `parseInChild`. */

export { ParseError, type ParseErrorCode } from './errors.ts';
export { fetchDocument, type FetchedDocument, type FetchLimits } from './fetch-url.ts';
export { parseDocument } from './parse-document.ts';
export { ChildParser, parseInChild, type ParserOptions } from './parse-in-child.ts';
export type { Format, ParseLimits, ParseRequest } from './types.ts';
export { mediaTypeOfName } from './media-type.ts';
export { openingTitle } from './opening-title.ts';
