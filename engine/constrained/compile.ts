/** Format -> automaton. JSON comes out without spaces: what a format cannot need, a model cannot waste tokens on. */

import type { JsonSchema, OutputFormat } from './json-schema.ts';
import { Nfa } from './nfa.ts';

export interface CompiledFormat {
  readonly nfa: Nfa;
  readonly start: number;
  readonly accept: number;
}

/** Strings and arrays are unrolled up to this many steps. */
const MAX_UNROLLED = 2_000;
const MAX_DIGITS = 15;

/** @throws RangeError for a format that nothing can fulfil, or that is too large */
export function compileFormat(format: OutputFormat): CompiledFormat {
  const nfa = new Nfa();
  const start = nfa.state();
  if (format.type === 'json_schema')
    return { nfa, start, accept: value(nfa, start, format.schema) };
  if (format.choices.length === 0) throw new RangeError('A choice needs at least one text.');
  return { nfa, start, accept: branches(nfa, start, format.choices) };
}

function branches(nfa: Nfa, from: number, texts: readonly string[]): number {
  const end = nfa.state();
  for (const text of texts) nfa.jump(nfa.text(from, text), end);
  return end;
}

function value(nfa: Nfa, from: number, schema: JsonSchema): number {
  if ('enum' in schema) {
    if (schema.enum.length === 0) throw new RangeError('An enum needs at least one value.');
    return branches(
      nfa,
      from,
      schema.enum.map((one) => JSON.stringify(one)),
    );
  }
  switch (schema.type) {
    case 'object':
      return object(nfa, from, schema.properties);
    case 'array':
      return array(nfa, from, schema);
    case 'string':
      return string(nfa, from, schema.maxLength);
    case 'number':
    case 'integer':
      return number(nfa, from, schema.type === 'number');
    case 'boolean':
      return branches(nfa, from, ['true', 'false']);
    case 'null':
      return nfa.text(from, 'null');
    default:
      throw new RangeError(`Output cannot be held to ${JSON.stringify(schema)}.`);
  }
}

function object(nfa: Nfa, from: number, properties: Readonly<Record<string, JsonSchema>>): number {
  let at = nfa.text(from, '{');
  for (const [index, [key, schema]] of Object.entries(properties).entries()) {
    at = nfa.text(at, `${index === 0 ? '' : ','}${JSON.stringify(key)}:`);
    at = value(nfa, at, schema);
  }
  return nfa.text(at, '}');
}

function array(
  nfa: Nfa,
  from: number,
  { items, minItems = 0, maxItems = Infinity }: Extract<JsonSchema, { type: 'array' }>,
): number {
  checkCount('minItems', minItems);
  if (maxItems !== Infinity) checkCount('maxItems', maxItems);
  if (maxItems < minItems)
    throw new RangeError(`maxItems ${maxItems} is below minItems ${minItems}.`);
  const end = nfa.state();
  let at = nfa.text(from, '[');
  if (minItems === 0) nfa.jump(at, end);
  const unrolled = maxItems === Infinity ? Math.max(1, minItems) : maxItems;
  for (let count = 1; count <= unrolled; count += 1) {
    const begin = count === 1 ? at : nfa.text(at, ',');
    at = value(nfa, begin, items);
    if (count >= minItems) nfa.jump(at, end);
  }
  if (maxItems === Infinity) nfa.jump(value(nfa, nfa.text(at, ','), items), at);
  return nfa.text(end, ']');
}

function checkCount(name: string, count: number): void {
  if (!Number.isInteger(count) || count < 0 || count > MAX_UNROLLED)
    throw new RangeError(`${name} should be a count up to ${MAX_UNROLLED}, but is ${count}.`);
}

function string(nfa: Nfa, from: number, maxLength: number | undefined): number {
  const end = nfa.state();
  let at = nfa.text(from, '"');
  nfa.range(at, 0x22, 0x22, end);
  if (maxLength === undefined) {
    character(nfa, at, at);
    return end;
  }
  checkCount('maxLength', maxLength);
  for (let count = 0; count < maxLength; count += 1) {
    const next = nfa.state();
    character(nfa, at, next);
    at = next;
    nfa.range(at, 0x22, 0x22, end);
  }
  return end;
}

/** One code point of a JSON string: well-formed UTF-8 (Unicode 15, table 3-7), or a short escape. */
function character(nfa: Nfa, from: number, to: number): void {
  for (const [low, high] of [
    [0x20, 0x21],
    [0x23, 0x5b],
    [0x5d, 0x7f],
  ] as const)
    nfa.range(from, low, high, to);
  const escaped = nfa.state();
  nfa.range(from, 0x5c, 0x5c, escaped);
  nfa.oneOf(escaped, '"\\/bfnrt', to);
  const last = nfa.state();
  nfa.range(last, 0x80, 0xbf, to);
  const last2 = nfa.state();
  nfa.range(last2, 0x80, 0xbf, last);
  nfa.range(from, 0xc2, 0xdf, last);
  const lead = (
    low: number,
    high: number,
    second: readonly [number, number],
    next: number,
  ): void => {
    const state = nfa.state();
    nfa.range(from, low, high, state);
    nfa.range(state, second[0], second[1], next);
  };
  lead(0xe0, 0xe0, [0xa0, 0xbf], last);
  lead(0xe1, 0xec, [0x80, 0xbf], last);
  lead(0xed, 0xed, [0x80, 0x9f], last);
  lead(0xee, 0xef, [0x80, 0xbf], last);
  lead(0xf0, 0xf0, [0x90, 0xbf], last2);
  lead(0xf1, 0xf3, [0x80, 0xbf], last2);
  lead(0xf4, 0xf4, [0x80, 0x8f], last2);
}

function number(nfa: Nfa, from: number, withFraction: boolean): number {
  const end = nfa.state();
  const first = nfa.state();
  nfa.jump(from, first);
  nfa.oneOf(from, '-', first);
  const zero = nfa.state();
  nfa.oneOf(first, '0', zero);
  const whole = digits(nfa, first, '123456789', MAX_DIGITS);
  for (const state of [zero, ...whole]) {
    nfa.jump(state, end);
    if (!withFraction) continue;
    const point = nfa.state();
    nfa.oneOf(state, '.', point);
    for (const last of digits(nfa, point, '0123456789', 6)) nfa.jump(last, end);
  }
  return end;
}

/** One to `most` digits; the states behind each. */
function digits(nfa: Nfa, from: number, first: string, most: number): number[] {
  const states: number[] = [];
  let at = from;
  for (let count = 0; count < most; count += 1) {
    const next = nfa.state();
    nfa.oneOf(at, count === 0 ? first : '0123456789', next);
    states.push(next);
    at = next;
  }
  return states;
}
