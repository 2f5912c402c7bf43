/** Dates, years and ranges by their written form. */

import type { Span } from '../../graph/index.ts';

const MONTH =
  '(?:January|February|March|April|May|June|July|August|September|October|November|December|Jan\\.?|Feb\\.?|Mar\\.?|Apr\\.?|Jun\\.?|Jul\\.?|Aug\\.?|Sept?\\.?|Oct\\.?|Nov\\.?|Dec\\.?)';
const YEAR = '(?:1[0-9]{3}|20[0-9]{2})';
const DAY = '(?:[12][0-9]|3[01]|0?[1-9])(?:st|nd|rd|th)?';

/** Longest forms first. A bare month is no date by itself. */
const DATE = new RegExp(
  [
    `${DAY} ${MONTH},? ${YEAR}`,
    `${MONTH} ${DAY},? ${YEAR}`,
    `${MONTH},? (?:of )?${YEAR}`,
    `${YEAR}-[01][0-9]-[0-3][0-9]`,
    `(?:spring|summer|autumn|fall|winter) of ${YEAR}`,
    `${DAY} (?:of )?${MONTH}\\b(?!\\s+\\d)`,
    `${MONTH} ${DAY}(?!\\d|,?\\s\\d{4})`,
    `(?:early |late |mid-)?${YEAR}s`,
    `(?:early |late |mid-)?(?:[12]?1st|[12]?2nd|3rd|1?\\dth) century(?: BC| BCE)?`,
    `${YEAR} to ${YEAR}`,
    `${YEAR}\\s?[-–—/]\\s?(?:${YEAR}|[0-9]{2})(?!\\d)`,
    `${YEAR}(?!\\d|[.,]\\d)(?: (?:BC|BCE|AD|CE))?`,
  ]
    .map((form) => `(?<![\\p{L}\\d.,/$£€-])(?:${form})(?![\\p{L}\\d])`)
    .join('|'),
  'gu',
);

/** A year before a noun of measure is a number: "1500 metres". */
const MEASURE_BEHIND =
  /^\s(?:metres?|meters?|m|km|kilomet\w+|miles?|feet|ft|tons?|tonnes?|kg|pounds?|people|men|women|inhabitants|students|members|copies|soldiers|horsepower|hp|dollars|hectares|acres|square)\b/i;

export function findDates(text: string, within: Span): Span[] {
  const content = text.slice(within.start, within.end);
  const spans: Span[] = [];
  for (const match of content.matchAll(DATE)) {
    const end = match.index + match[0].length;
    if (/^\d{4}$/.test(match[0]) && MEASURE_BEHIND.test(content.slice(end))) continue;
    spans.push({ start: within.start + match.index, end: within.start + end });
  }
  return spans;
}
