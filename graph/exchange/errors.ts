import { GraphblendError } from '../../engine/errors.ts';

/** A file that is not what its format says. */
export class GraphFileError extends GraphblendError {
  override readonly name = 'GraphFileError';
  readonly code = 'invalid_graph_file';
  /** 1-based; undefined if the fault has no place. */
  readonly line: number | undefined;

  constructor(message: string, line?: number) {
    super(line === undefined ? message : `Line ${line}: ${message}`, {
      fix: 'Correct the file; docs/graph-files.md shows each format.',
    });
    this.line = line;
  }
}
