import { GraphblendError } from '../../../engine/index.ts';

/** The file is no ontology of a kind that can be read, or breaks its own rules. */
export class SchemaFormatError extends GraphblendError {
  override name = 'SchemaFormatError';
  readonly code = 'schema_invalid';

  constructor(message: string, fix: string) {
    super(message, { fix });
  }
}
