/** What chunks say, by rules: names, and facts with their places in the text. */

export {
  extractDocument,
  extractInTurns,
  extractWithReport,
  type ExtractionReport,
  type ExtractRequest,
} from './extract-document.ts';
export type { RejectedTriple, Rejection } from './contract.ts';
export { openFacts, type OpenFact, type OpenPart } from './openie/index.ts';
