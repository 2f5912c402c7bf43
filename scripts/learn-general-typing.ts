/**
 * Learns what holds for every schema (is the label's word near, does the type fit, which shape has an object)
 * from the examples of several Text2KGBench domains, and writes `ingest/schema/typing/general-weights.ts`.
 *
 *     npx tsx scripts/learn-general-typing.ts <folder of domains> [--without <domain>] [--out <file>]
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readDomains } from '../bench/eval/triples/domain.ts';
import { learnGeneralWeights, sentenceMentions } from '../ingest/schema/index.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { without: { type: 'string' }, out: { type: 'string' } },
});
const out = values.out ?? join(import.meta.dirname, '../ingest/schema/typing/general-weights.ts');
const schemas = readDomains(positionals[0] ?? '.', true)
  .filter((domain) => domain.name !== values.without)
  .map((domain) => domain.schema);
const packed = learnGeneralWeights(schemas, sentenceMentions);
const lines = Object.entries(packed).map(
  ([name, text]) => `  ${name}: unpackWeights(\`${text}\`),`,
);
writeFileSync(
  out,
  `/** Weights that hold for every schema; made by \`scripts/learn-general-typing.ts\`. */

import { unpackWeights } from './packed-weights.ts';

export const GENERAL_WEIGHTS = {
${lines.join('\n')}
};
`,
);
