/** Every error becomes an RFC 9457 problem; this is the only place where errors meet HTTP. */
import type { ErrorRequestHandler, Request, Response } from 'express';
import { MulterError } from 'multer';
import { z } from 'zod';
import { GraphblendError } from '../engine/index.ts';
import type { Problem } from './contract/index.ts';

/** An error that HTTP itself gives rise to. */
export class HttpError extends GraphblendError {
  override name = 'HttpError';
  readonly code: string;
  readonly status: number;
  readonly errors: Problem['errors'];

  constructor(
    status: number,
    code: string,
    message: string,
    fix: string,
    errors?: Problem['errors'],
  ) {
    super(message, { fix });
    this.status = status;
    this.code = code;
    this.errors = errors;
  }
}

export function notFound(kind: string, id: string): HttpError {
  return new HttpError(
    404,
    `${kind}_not_found`,
    `There is no ${kind} ${JSON.stringify(id.slice(0, 100))}`,
    `Check the id; list the ${kind.replace(/y$/, 'ie')}s to see which exist.`,
  );
}

const STATUS_BY_CODE: Readonly<Record<string, number>> = {
  not_found: 404,
  conflict: 409,
  schema_invalid: 400,
  cancelled: 409,
  parser_aborted: 409,
  document_too_large: 413,
  archive_bomb: 413,
  sequence_full: 400,
  unsupported_type: 415,
  wrong_type: 415,
  url_refused: 400,
  url_unreachable: 502,
  url_status: 502,
  empty_document: 400,
  invalid_encoding: 400,
  engine_error: 503,
  engine_restarting: 503,
  overloaded: 503,
  deadline_unreachable: 503,
  remote_model_error: 502,
  kv_memory: 413,
  queue_unavailable: 503,
  graph_unavailable: 503,
  invalid_graph_file: 400,
};

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  413: 'Too large',
  415: 'Unsupported media type',
  422: 'Unprocessable',
  429: 'Too many requests',
  500: 'Internal error',
  502: 'Bad gateway',
  503: 'Unavailable',
  507: 'Insufficient storage',
};

export function problemOf(error: unknown, requestId: string): Problem {
  const known = recognise(error);
  return {
    type: 'about:blank',
    title: TITLES[known.status] ?? 'Error',
    status: known.status,
    detail: known.message,
    code: known.code,
    fix: known.fix,
    request_id: requestId,
    ...(known.errors ? { errors: known.errors } : {}),
  };
}

function recognise(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof GraphblendError) {
    const status = STATUS_BY_CODE[error.code] ?? (error.code.endsWith('_not_found') ? 404 : 500);
    return new HttpError(status, error.code, error.message, error.fix);
  }
  if (error instanceof z.ZodError) return invalid(error);
  if (error instanceof MulterError) return uploadError(error);
  return storageError(error) ?? bodyError(error) ?? unexpected();
}

function invalid(error: z.ZodError): HttpError {
  const errors = error.issues.flatMap(decisive).map((issue) => ({
    path: issue.path.join('.') || '(body)',
    expected: issue.message.replace('received undefined', 'but it is missing'),
  }));
  const first = errors[0];
  return new HttpError(
    400,
    'invalid_request',
    `The request is not valid: ${first ? `${first.path}: ${first.expected}` : 'unknown reason'}`,
    'Correct the fields listed in "errors"; /openapi.json has the schema.',
    errors,
  );
}

/** Of a body that may take several forms, what is wrong with the form that comes nearest. */
function decisive(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const [nearest] = issue.errors.toSorted((a, b) => a.length - b.length);
  return nearest?.flatMap(decisive) ?? [issue];
}

function uploadError(error: MulterError): HttpError {
  if (error.code === 'LIMIT_FILE_SIZE') {
    return new HttpError(
      413,
      'document_too_large',
      'The file is larger than this server takes.',
      'Split the document, or raise GRAPHBLEND_MAX_UPLOAD_MIB.',
    );
  }
  return new HttpError(
    400,
    'invalid_multipart',
    `The upload is not valid: ${error.message}`,
    'Send one file in the multipart field "file".',
  );
}

/** Errors of Express and its body parsers carry a status and a type. */
function bodyError(error: unknown): HttpError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { status, type } = error as { status?: number; type?: string };
  if (type === 'entity.parse.failed') {
    return new HttpError(
      400,
      'malformed_json',
      `The body is not JSON: ${error.message}`,
      'Send valid JSON in UTF-8.',
    );
  }
  if (type === 'entity.too.large') {
    return new HttpError(
      413,
      'body_too_large',
      'The JSON body is too large.',
      'Upload the text as a file instead.',
    );
  }
  if (status && status >= 400 && status < 500) {
    return new HttpError(status, 'bad_request', error.message, 'Correct the request.');
  }
  return undefined;
}

/** What SQLite and the file system say when it is not the program's fault. */
function storageError(error: unknown): HttpError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as { code?: unknown };
  if (typeof code !== 'string') return undefined;
  if (code.startsWith('SQLITE_BUSY')) {
    return new HttpError(
      503,
      'storage_busy',
      'Another program holds the database.',
      'Try again; close other programs that have graphblend.db open.',
    );
  }
  if (['SQLITE_FULL', 'ENOSPC', 'EDQUOT'].includes(code)) {
    return new HttpError(
      507,
      'storage_full',
      'There is no space left for the data of this server.',
      'Free space on the disk of GRAPHBLEND_HOME, or lower GRAPHBLEND_KV_DISK_MIB.',
    );
  }
  return undefined;
}

function unexpected(): HttpError {
  return new HttpError(
    500,
    'internal_error',
    'Something unexpected went wrong.',
    'See the server log for this request_id; if it happens again, report it.',
  );
}

export const problemHandler: ErrorRequestHandler = (error, request, response, next) => {
  const problem = problemOf(error, requestIdOf(request));
  if (problem.status >= 500) request.log?.error({ err: error as Error }, 'request failed');
  if (response.headersSent) return next(error);
  sendProblem(response, problem);
};

export function sendProblem(response: Response, problem: Problem): void {
  if (problem.status === 503 || problem.status === 429) response.setHeader('Retry-After', '2');
  response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
}

export function requestIdOf(request: Request): string {
  return typeof request.id === 'string' ? request.id : 'unknown';
}
