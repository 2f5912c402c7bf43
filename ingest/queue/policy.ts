/** Rules that every adapter applies alike: priorities, attempts, and the waits between attempts. */

import { RetryableError } from './types.ts';

export const DEFAULT_PRIORITY = 10;
/** Largest priority BullMQ can hold is 2^21; ours stays below it and starts at 0. */
export const MAX_PRIORITY = 1_000_000;

/** No retry waits longer, so a wall clock that jumps back cannot postpone one for hours. */
export const MAX_BACKOFF_MS = 5 * 60_000;

export const DEFAULT_LEASE_MS = 10_000;
/** Deliveries that may end in RetryableError; crashes and closed workers do not count. */
export const DEFAULT_MAX_ATTEMPTS = 5;
export const DEFAULT_BACKOFF_MS = 1_000;

/** Wait before the next attempt after `failures` retryable failures: base, 2 base, 4 base ... */
export function backoffDelayMs(failures: number, baseMs: number): number {
  return Math.min(baseMs * 2 ** Math.max(0, failures - 1), MAX_BACKOFF_MS);
}

/** Whether a delivery that ended in `error`, its `failures`th failure, is to be repeated. */
export function isRepeated(error: unknown, failures: number, maxAttempts: number): boolean {
  return error instanceof RetryableError && (error.unlimited || failures < maxAttempts);
}

/** @throws RangeError unless the priority is an integer from 0 to MAX_PRIORITY. */
export function checkedPriority(priority: number = DEFAULT_PRIORITY): number {
  if (Number.isInteger(priority) && priority >= 0 && priority <= MAX_PRIORITY) return priority;
  throw new RangeError(`priority must be an integer from 0 to ${MAX_PRIORITY}, got ${priority}`);
}

/** @throws RangeError for an empty id or one too long to be a sensible key. */
export function checkedJobId(jobId: string): string {
  if (jobId.length > 0 && jobId.length <= 512) return jobId;
  throw new RangeError(`a job id must have 1 to 512 characters, got ${jobId.length}`);
}

/** @throws RangeError unless concurrency is a positive integer. */
export function checkedConcurrency(concurrency: number): number {
  if (Number.isInteger(concurrency) && concurrency >= 1) return concurrency;
  throw new RangeError(`concurrency must be a positive integer, got ${concurrency}`);
}

/** Where a queue reports trouble it recovers from by itself (a lost connection, a locked file). */
export type ErrorSink = (error: Error) => void;

export const warnOnError: ErrorSink = (error) => {
  const now = performance.now();
  const last = warnedAt.get(error.message);
  if (last !== undefined && now - last < WARNING_INTERVAL_MS) return;
  warnedAt.set(error.message, now);
  process.emitWarning(error);
};

/** A full disk fails every poll of the queue: said once a minute it is heard, said always it drowns the rest. */
const WARNING_INTERVAL_MS = 60_000;
const warnedAt = new Map<string, number>();

export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
