/**
 * The part of JSON Schema that decoding can be held to. Objects have all their properties, in the order in
 * which they are declared, and no others; nothing is recursive. That is what OpenAI's strict mode asks for too.
 */
export type JsonSchema =
  | {
      readonly type: 'object';
      readonly properties: Readonly<Record<string, JsonSchema>>;
      /** All of them; stated for servers that want it. */
      readonly required?: readonly string[];
      readonly additionalProperties?: false;
      readonly description?: string;
    }
  | {
      readonly type: 'array';
      readonly items: JsonSchema;
      readonly minItems?: number;
      readonly maxItems?: number;
      readonly description?: string;
    }
  /** `maxLength` counts code points. */
  | { readonly type: 'string'; readonly maxLength?: number; readonly description?: string }
  | {
      readonly enum: readonly (string | number | boolean | null)[];
      readonly type?: string;
      readonly description?: string;
    }
  | { readonly type: 'number' | 'integer' | 'boolean' | 'null'; readonly description?: string };

/** What an output has to be: JSON of a form, or one of several texts. */
export type OutputFormat =
  | { readonly type: 'json_schema'; readonly schema: JsonSchema }
  | { readonly type: 'choice'; readonly choices: readonly string[] };
