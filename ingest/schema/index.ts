/** The schema of a workspace: what it may say, where it is read from, and how facts are put in its terms. */
export type * from './types.ts';
export { SchemaFormatError } from './import/errors.ts';
export { importSchema } from './import/index.ts';
export { schemaOfInput } from './import/own-json.ts';
export { functionalRelations } from './functional.ts';
export type { Rejected } from './state-extraction.ts';
export { statedInSchema, withSchema } from './with-schema.ts';
export { examplesOfText2kg, schemaOfText2kg } from './import/text2kg.ts';
export { learnGeneralWeights } from './typing/general.ts';
export { learnTyping, type TypingModel } from './typing/model.ts';
export { typeSentence, type TypedFact } from './typing/type-sentence.ts';
export { sentenceMentions } from './sentence-mentions.ts';
