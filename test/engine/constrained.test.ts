import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  FormatConstraints,
  tokenBytes,
  vocabularyOf,
  type JsonSchema,
  type OutputFormat,
} from '../../engine/constrained/index.ts';
import { createSampler } from '../../engine/sampler.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
/** All single bytes, and longer tokens that cross the borders of JSON's parts. */
const longer = [
  '{"',
  '":"',
  '","',
  '"]',
  '"}',
  '},{"',
  '[]',
  '[{',
  'true',
  'fal',
  'name',
  '12',
  '.5',
  ' the',
  'é',
  '日本',
  '\\n',
  '\\',
  '"a',
  'null',
];
const tokens = [
  ...Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte)),
  ...longer.map(encode),
];
const EOS = tokens.length;
const vocabulary = vocabularyOf([...tokens, undefined]);

/** Writes with logits that know nothing; returns text and number of tokens. */
function write(
  format: OutputFormat,
  maxTokens: number,
  seed: number,
): { text: string; tokens: number; complete: boolean } {
  const constraint = new FormatConstraints(format, vocabulary, [EOS]).begin(maxTokens);
  const sampler = createSampler({
    temperature: 1,
    topP: 0.95,
    minP: 0,
    topK: 0,
    seed,
    repetitionPenalty: 1,
  });
  let state = seed;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const bytes: number[] = [];
  for (let count = 0; count < maxTokens; count += 1) {
    const logits = Float32Array.from({ length: EOS + 1 }, () => random() * 8 - 4);
    const masked = constraint.mask(logits, maxTokens - count);
    const { id } = sampler.next(masked, []);
    expect(masked[id]).toBeGreaterThan(-Infinity);
    constraint.accept(id);
    if (id !== EOS) bytes.push(...(tokens[id] as Uint8Array));
    if (constraint.isComplete) return { text: textOf(bytes), tokens: count + 1, complete: true };
  }
  return { text: textOf(bytes), tokens: maxTokens, complete: false };
}

function textOf(bytes: readonly number[]): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(bytes));
}

function isValid(value: unknown, schema: JsonSchema): boolean {
  if ('enum' in schema) return schema.enum.some((one) => one === value);
  switch (schema.type) {
    case 'object': {
      const keys = Object.keys(schema.properties);
      return (
        typeof value === 'object' &&
        value !== null &&
        JSON.stringify(Object.keys(value)) === JSON.stringify([...keys]) &&
        keys.every((key) =>
          isValid((value as Record<string, unknown>)[key], schema.properties[key]!),
        )
      );
    }
    case 'array':
      return (
        Array.isArray(value) &&
        value.length >= (schema.minItems ?? 0) &&
        value.length <= (schema.maxItems ?? Infinity) &&
        value.every((one) => isValid(one, schema.items))
      );
    case 'string':
      return (
        typeof value === 'string' && Array.from(value).length <= (schema.maxLength ?? Infinity)
      );
    case 'integer':
      return Number.isInteger(value);
    case 'number':
      return typeof value === 'number';
    case 'boolean':
      return typeof value === 'boolean';
    default:
      return value === null;
  }
}

const leaf: fc.Arbitrary<JsonSchema> = fc.oneof(
  fc.record({ type: fc.constant('string' as const), maxLength: fc.integer({ min: 0, max: 12 }) }),
  fc.constant({ type: 'string' as const }),
  fc.constantFrom(
    { type: 'integer' as const },
    { type: 'number' as const },
    { type: 'boolean' as const },
    { type: 'null' as const },
  ),
  fc.record({
    enum: fc.uniqueArray(fc.oneof(fc.string({ maxLength: 6 }), fc.integer(), fc.boolean()), {
      minLength: 1,
      maxLength: 4,
    }),
  }),
);
const { schema: anySchema } = fc.letrec<{ schema: JsonSchema }>((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small', maxDepth: 3 },
    leaf,
    fc
      .uniqueArray(fc.tuple(fc.stringMatching(/^[a-zé"\\]{1,5}$/), tie('schema')), {
        maxLength: 3,
        selector: ([key]) => key,
      })
      .map((pairs) => ({ type: 'object' as const, properties: Object.fromEntries(pairs) })),
    fc
      .tuple(
        tie('schema'),
        fc.integer({ min: 0, max: 2 }),
        fc.option(fc.integer({ min: 2, max: 4 }), { nil: undefined }),
      )
      .map(([items, minItems, maxItems]) => ({
        type: 'array' as const,
        items,
        minItems,
        maxItems,
      })),
  ),
}));

describe('constrained decoding', () => {
  test('random logits give JSON that parses and keeps to its schema, within any budget that can hold it', () => {
    fc.assert(
      fc.property(anySchema, fc.integer({ min: 0, max: 60 }), fc.nat(), (schema, spare, seed) => {
        const format = { type: 'json_schema' as const, schema };
        const { minTokens } = new FormatConstraints(format, vocabulary, [EOS]);
        const { text } = write(format, minTokens + spare, seed);
        const value: unknown = JSON.parse(text);
        expect(isValid(value, schema)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('a choice is one of its texts, also when one begins another', () => {
    const choices = ['New', 'New York', 'é', '"'];
    const seen = new Set<string>();
    for (let seed = 1; seed < 60; seed += 1)
      seen.add(write({ type: 'choice', choices }, 12, seed).text);
    expect([...seen].sort()).toEqual([...choices].sort());
  });

  test('a budget below the shortest output is refused, and the shortest one is met exactly', () => {
    const schema: JsonSchema = { type: 'object', properties: { a: { type: 'string' } } };
    const constraints = new FormatConstraints({ type: 'json_schema', schema }, vocabulary, [EOS]);
    expect(constraints.minTokens).toBe('{"a":""}'.length);
    expect(() => constraints.begin(7)).toThrow(/8 tokens/);
    expect(write({ type: 'json_schema', schema }, 8, 3).text).toMatch(/^\{"a":".*"\}$/);
  });

  test('a token that was ruled out is refused', () => {
    const constraint = new FormatConstraints(
      { type: 'choice', choices: ['yes', 'no'] },
      vocabulary,
      [EOS],
    ).begin(5);
    expect(() => constraint.accept('x'.charCodeAt(0))).toThrow(RangeError);
    expect(constraint.isComplete).toBe(false);
  });

  test('a vocabulary without the letters that a format needs is refused', () => {
    const poor = vocabularyOf([encode('a'), encode('{}')]);
    expect(() => new FormatConstraints({ type: 'choice', choices: ['b'] }, poor, [])).toThrow(
      /lacks/,
    );
  });

  test('tokens of byte-level and of SentencePiece vocabularies stand for their bytes', () => {
    const byteLevel = tokenBytes(
      { decoder: { type: 'ByteLevel' } },
      new Map([
        ['Ġthe', 0],
        ['Ã©', 1],
        ['</s>', 2],
      ]),
      new Set([2]),
    );
    expect(byteLevel).toEqual([encode(' the'), encode('é'), undefined]);
    const pieces = tokenBytes(
      { decoder: { type: 'ByteFallback' } },
      new Map([
        ['▁the', 0],
        ['<0xC3>', 1],
      ]),
      new Set(),
    );
    expect(pieces).toEqual([encode(' the'), Uint8Array.of(0xc3)]);
    expect(
      tokenBytes({ decoder: { type: 'WordPiece' } }, new Map([['the', 0]]), new Set()),
    ).toBeUndefined();
  });
});
