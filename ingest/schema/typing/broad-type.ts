/** Which of the rules' eight types the label of a schema's type means. */

import type { EntityType } from '../../../graph/index.ts';
import { typeOfClass } from '../../extract/coreference.ts';

const MORE: readonly (readonly [RegExp, EntityType])[] = [
  [
    /^(human|person|people|man|woman|character|athlete|player|individual|agent|author|artist)$/,
    'person',
  ],
  [
    /^(location|area|body of water|watercourse|range|dam|reservoir|basin|building|venue|stadium|airport|continent|planet|region)$/,
    'place',
  ],
  [
    /^(organi[sz]ation|unit|army|navy|force|command|government|business|enterprise|group|branch|institute)$/,
    'organization',
  ],
  [/^(work|book|software|song|composition|publication|text|artwork|opera|film|video)$/, 'work'],
  [/^(date|time|year|day|point in time|datetime)$/, 'date'],
  [/^(number|quantity|amount|integer|decimal|float|cost|population|count)$/, 'quantity'],
  [/^(season|competition|tournament|flight|mission|award ceremony)$/, 'event'],
];

export function broadTypeOf(label: string): EntityType | undefined {
  const lower = label.trim().toLowerCase();
  const head =
    lower
      .split(/\s+(?:of|for)\s+/)[0]
      ?.split(/\s+/)
      .at(-1) ?? lower;
  for (const [pattern, type] of MORE) if (pattern.test(lower) || pattern.test(head)) return type;
  return typeOfClass(head);
}
