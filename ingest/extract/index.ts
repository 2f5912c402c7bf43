/** What chunks say, by rules: names, and facts with their places in the text. */

export {
  extractDocument,
  extractInTurns,
  extractWithReport,
  type ExtractionReport,
  type ExtractRequest,
} from './extract-document.ts';
export type { Rejection } from './contract.ts';
