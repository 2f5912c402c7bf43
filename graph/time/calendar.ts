/** Dates as exact as a text has them: "2010" is a year long, "2010-05" a month, "2010-05-03" a day. */
import type { ValidTime } from '../types.ts';

/** First and last day that an interval may hold, as ISO dates; open ends are undefined. */
export interface Period {
  readonly from: string | undefined;
  readonly to: string | undefined;
}

export function firstDay(date: string): string {
  return `${date}-01-01`.slice(0, 10);
}

/** The 31st for every month: it is only compared, never shown. */
export function lastDay(date: string): string {
  return `${date}-12-31`.slice(0, date.length <= 4 ? 10 : date.length).padEnd(10, '-31');
}

/** Whether any day of `at` lies in the interval. */
export function touches({ from, to }: Period, at: string): boolean {
  return (
    (from === undefined || firstDay(from) <= lastDay(at)) &&
    (to === undefined || lastDay(to) >= firstDay(at))
  );
}

/** The intervals of several supports, each once, the earliest first. */
export function distinctPeriods(times: readonly ValidTime[]): Period[] {
  const byEnds = new Map(times.map(({ from, to }) => [`${from ?? ''} ${to ?? ''}`, { from, to }]));
  return [...byEnds.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, period]) => period);
}
