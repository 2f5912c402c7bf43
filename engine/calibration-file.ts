/**
 * What a calibration has found so far, piece by piece, so that one that was broken off goes on. Lines of JSON, one a piece; a line
 * that is not whole was being written when the process ended, and counts for nothing.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Errors of one linear layer: root mean square of the difference from fp32 by that of its result. */
export interface LayerErrors {
  /** `labelOf` its parts. */
  readonly layer: string;
  readonly row: number;
  readonly block: number;
}

interface Line {
  readonly piece: string;
  readonly errors: readonly LayerErrors[];
}

export class CalibrationFile {
  readonly #path: string;
  readonly #known = new Map<string, readonly LayerErrors[]>();

  constructor(path: string) {
    this.#path = path;
    const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').flatMap(parse) : [];
    for (const { piece, errors } of lines) this.#known.set(piece, errors);
    mkdirSync(dirname(path), { recursive: true });
    // Written anew: a line that broke off would spoil the one that is appended to it.
    writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  }

  of(piece: string): readonly LayerErrors[] | undefined {
    return this.#known.get(piece);
  }

  add(piece: string, errors: readonly LayerErrors[]): void {
    this.#known.set(piece, errors);
    appendFileSync(this.#path, `${JSON.stringify({ piece, errors } satisfies Line)}\n`);
  }
}

function parse(text: string): Line[] {
  try {
    const line = JSON.parse(text) as Partial<Line> | null;
    const isWhole =
      typeof line?.piece === 'string' &&
      Array.isArray(line.errors) &&
      line.errors.every(
        ({ layer, row, block }) =>
          typeof layer === 'string' && Number.isFinite(row) && Number.isFinite(block),
      );
    return isWhole ? [line as Line] : [];
  } catch {
    return [];
  }
}
