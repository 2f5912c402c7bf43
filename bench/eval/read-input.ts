/** Files that a measure is given. */
import { readFileSync } from 'node:fs';

/** @throws InputError when the file cannot be read */
export function readInput(path: string, form: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new InputError(`Cannot read ${path}: ${(error as Error).message}`, form, error);
  }
}

/** A list. @throws InputError when the file is no JSON list */
export function readJsonList<T>(path: string, form: string): T[] {
  const content = readInput(path, form);
  let list: unknown;
  try {
    list = JSON.parse(content);
  } catch (error) {
    throw new InputError(`${path} is no JSON: ${(error as Error).message}`, form, error);
  }
  if (!Array.isArray(list)) throw new InputError(`${path} holds no list.`, form);
  return list as T[];
}

export class InputError extends Error {
  override readonly name = 'InputError';
  readonly fix: string;

  /** @param form what the file should hold */
  constructor(message: string, form: string, cause?: unknown) {
    super(message, { cause });
    this.fix = `Give a file with ${form}.`;
  }
}
