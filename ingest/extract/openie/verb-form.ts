/** Which form of a verb a word is, by its ending and the lists of irregular verbs. */

import { IRREGULAR_BOTH, PARTICIPLE_ONLY, PAST_ONLY } from './word-lists.ts';

export type Form = 'base' | 'present' | 'past' | 'participle' | 'pastOrParticiple' | 'gerund';

export function verbForm(lower: string): Form {
  if (PAST_ONLY.has(lower)) return 'past';
  if (PARTICIPLE_ONLY.has(lower)) return 'participle';
  if (IRREGULAR_BOTH.has(lower)) return 'pastOrParticiple';
  if (lower.endsWith('ing') && lower.length > 5) return 'gerund';
  if (/(?:being|going|doing|lying|dying|tying)$/.test(lower)) return 'gerund';
  if (
    lower.endsWith('ed') &&
    !/^(need|feed|seed|exceed|succeed|proceed|bleed|breed|speed|heed|weed|embed)$/.test(lower)
  )
    return 'pastOrParticiple';
  if (lower.endsWith('s') && !/ss$|us$/.test(lower)) return 'present';
  return 'base';
}
