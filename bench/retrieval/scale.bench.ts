/**
 * Search and ingest as a workspace grows (growth.ts).
 *
 *   npm run bench -- retrieval/scale [--chunks 1000,10000,100000] [--questions 200] [--json FILE]
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { reportOrigin } from '../report.ts';
import { measureGrowth } from './growth.ts';

const { values } = parseArgs({
  options: {
    chunks: { type: 'string', default: '1000,10000,100000' },
    questions: { type: 'string', default: '200' },
    json: { type: 'string' },
  },
});

const results = await measureGrowth(values.chunks.split(',').map(Number), Number(values.questions));
if (values.json) {
  writeFileSync(values.json, `${JSON.stringify({ ...reportOrigin(1), results }, undefined, 2)}\n`);
}
