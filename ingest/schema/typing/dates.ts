/** Dates of a sentence in every form that a schema's examples may write them in. */

import type { Span } from '../../../graph/index.ts';

const MONTHS =
  'January February March April May June July August September October November December'.split(
    ' ',
  );
const MONTH = `(${MONTHS.join('|')})`;
const FORMS = [
  { pattern: new RegExp(`\\b(\\d{1,2}) ${MONTH},? (\\d{4})\\b`, 'g'), day: 1, month: 2, year: 3 },
  { pattern: new RegExp(`\\b${MONTH} (\\d{1,2}),? (\\d{4})\\b`, 'g'), day: 2, month: 1, year: 3 },
  { pattern: new RegExp(`\\b${MONTH},? (\\d{4})\\b`, 'g'), day: 0, month: 1, year: 2 },
  { pattern: /\b(1\d{3}|20\d{2})\b/g, day: 0, month: 0, year: 1 },
];

export interface DateForm extends Span {
  readonly text: string;
  /** How it is written, for the model to prefer one form. */
  readonly form: 'day' | 'month' | 'year' | 'month-start' | 'year-start' | 'as-is';
}

export function datesOf(text: string): DateForm[] {
  const taken: Span[] = [];
  const found: DateForm[] = [];
  for (const { pattern, day, month, year } of FORMS) {
    for (const match of text.matchAll(pattern)) {
      const span = { start: match.index, end: match.index + match[0].length };
      if (taken.some((one) => one.start < span.end && span.start < one.end)) continue;
      taken.push(span);
      found.push(...formsOf(span, match[0], match[day], match[month], match[year], day, month));
    }
  }
  return found;
}

function formsOf(
  span: Span,
  asIs: string,
  dayText: string | undefined,
  monthText: string | undefined,
  yearText: string | undefined,
  hasDay: number,
  hasMonth: number,
): DateForm[] {
  const year = yearText ?? '';
  const forms: DateForm[] = [];
  if (hasDay > 0) {
    forms.push({ ...span, text: asIs, form: 'as-is' });
    forms.push({
      ...span,
      text: `${(dayText ?? '').padStart(2, '0')} ${monthText} ${year}`,
      form: 'day',
    });
  } else if (hasMonth > 0) {
    forms.push({ ...span, text: `${monthText} ${year}`, form: 'month' });
    forms.push({ ...span, text: `01 ${monthText} ${year}`, form: 'month-start' });
  }
  forms.push({ ...span, text: year, form: 'year' });
  forms.push({ ...span, text: `01 January ${year}`, form: 'year-start' });
  return forms;
}
