import { GraphblendError } from '../engine/errors.ts';

/** The run of a job was taken over, has ended, or works on a version that is no longer the newest. */
export class StaleRunError extends GraphblendError {
  override readonly name = 'StaleRunError';
  readonly code = 'stale_run';

  constructor(message: string) {
    super(message, {
      fix: 'Stop this run: another run or a newer version has taken over.',
    });
  }
}

export class NotFoundError extends GraphblendError {
  override readonly name = 'NotFoundError';
  /** `document_not_found`, `job_not_found` ... */
  readonly code: string;
  readonly kind: string;
  readonly id: string;

  constructor(kind: string, id: string) {
    super(`No ${kind} has the id ${JSON.stringify(id)}.`, {
      fix: `List ${plural(kind)} to see which ids exist.`,
    });
    this.code = `${kind.replaceAll(' ', '_')}_not_found`;
    this.kind = kind;
    this.id = id;
  }
}

function plural(kind: string): string {
  return kind.endsWith('y') ? `${kind.slice(0, -1)}ies` : `${kind}s`;
}

/** The request contradicts the present state. */
export class ConflictError extends GraphblendError {
  override readonly name = 'ConflictError';
  readonly code = 'conflict';

  constructor(message: string, fix: string) {
    super(message, { fix });
  }
}

/** A file of a derived index is damaged; it is rebuilt from the database. */
export class IndexCorruptError extends GraphblendError {
  override readonly name = 'IndexCorruptError';
  readonly code = 'index_corrupt';
  readonly path: string;

  constructor(path: string, reason: string, cause?: unknown) {
    super(`The index file ${path} cannot be used: ${reason}.`, {
      fix: 'Nothing to do: the index is rebuilt from the database.',
      cause,
    });
    this.path = path;
  }
}

/** The database file cannot be used, or was handed data that it must not store. */
export class StorageError extends GraphblendError {
  override readonly name = 'StorageError';
  readonly code = 'storage';

  constructor(message: string, fix: string, cause?: unknown) {
    super(message, { fix, cause });
  }
}

/** The graph server has too little memory for so large a transaction; a smaller one may fit. */
export class GraphMemoryError extends GraphblendError {
  override readonly name = 'GraphMemoryError';
  readonly code = 'storage';

  constructor(cause: unknown) {
    super('Neo4j has too little memory for this transaction.', {
      fix: 'Raise server.memory.heap.max_size and dbms.memory.transaction.total.max of Neo4j.',
      cause,
    });
  }
}

/** A vector of another length than the index holds. */
export class DimensionError extends GraphblendError {
  override readonly name = 'DimensionError';
  readonly code = 'wrong_dimension';
  readonly expected: number;
  readonly actual: number;

  constructor(expected: number, actual: number) {
    super(`Expected a vector of ${expected} numbers, got ${actual}.`, {
      fix: 'Embed with the embedder that made the index, or ingest the documents again.',
    });
    this.expected = expected;
    this.actual = actual;
  }
}

/** The graph store does not answer, or answers that it cannot right now; what was asked may be asked again. */
export class GraphUnavailableError extends GraphblendError {
  override readonly name = 'GraphUnavailableError';
  readonly code = 'graph_unavailable';

  constructor(cause?: unknown) {
    super('The graph store cannot be reached.', {
      fix: 'Start Neo4j, or correct NEO4J_URL; waiting jobs go on by themselves when it is back.',
      cause,
    });
  }
}
