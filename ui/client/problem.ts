/** What the server refused, as RFC 9457 says it; also made here when no server answered. */
import type { Problem } from '../../api/contract/index.ts';

export class ApiError extends Error {
  override name = 'ApiError';
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

const unreachable: Problem = {
  type: 'about:blank',
  title: 'Server not reachable',
  status: 0,
  detail: 'The server did not answer.',
  code: 'unreachable',
  fix: 'Check that Graphblend is running, then try again.',
  request_id: '',
};

/** Any thrown thing as a problem that can be shown. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ApiError) return error.problem;
  if (error instanceof TypeError) return unreachable;
  const detail = error instanceof Error ? error.message : String(error);
  return {
    ...unreachable,
    title: 'Unexpected error',
    detail,
    code: 'unexpected',
    fix: 'Try again, or reload the page.',
  };
}

/** The problem in a response that was not ok, also where a proxy answered without one. */
export async function problemFrom(response: Response): Promise<Problem> {
  const body: unknown = await response.json().catch(() => null);
  if (typeof body === 'object' && body !== null && 'detail' in body) return body as Problem;
  return {
    ...unreachable,
    title: response.statusText || 'Request failed',
    status: response.status,
    detail: `The server answered ${response.status} without saying why.`,
    code: 'no_detail',
    fix:
      response.status >= 502
        ? unreachable.fix
        : 'Try again; if it repeats, look at the server log.',
  };
}
