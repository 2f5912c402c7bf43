export { FormatConstraints, type Constraint } from './constraint.ts';
export type { JsonSchema, OutputFormat } from './json-schema.ts';
export { tokenBytes } from './token-bytes.ts';
export { vocabularyOf, type Vocabulary } from './vocabulary.ts';
