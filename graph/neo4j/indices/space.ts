/** Where one index of one workspace lies: nodes of a label of its own. Labels and index names are digests. */
import { createHash } from 'node:crypto';
import { keysOf } from '../keys.ts';

export interface Space {
  /** Of the `IndexState` node. */
  readonly key: string;
  readonly tenant: string;
  readonly label: string;
  /** Statements that make its indices, each of which may be repeated. */
  readonly indices: readonly string[];
}

/** One index for each workspace: what one tenant has never shows in the scores of another. */
export function textSpace(namespace: string, workspaceId: string): Space {
  const space = spaceOf('GraphblendText', namespace, workspaceId, '');
  const { label } = space;
  return {
    ...space,
    indices: [
      numberIndex(label),
      // The words are ours already: nothing but the spaces between them counts.
      `CREATE FULLTEXT INDEX ${textIndex(label)} IF NOT EXISTS FOR (c:${label}) ON EACH [c.words, c.text]
       OPTIONS {indexConfig: {\`fulltext.analyzer\`: 'whitespace'}}`,
    ],
  };
}

export function vectorSpace(
  namespace: string,
  workspaceId: string,
  embedder: string,
  dimension: number,
): Space {
  const space = spaceOf('GraphblendVector', namespace, workspaceId, `${dimension}:${embedder}`);
  const { label } = space;
  return {
    ...space,
    indices: [
      numberIndex(label),
      `CREATE INDEX graphblend_document_${label} IF NOT EXISTS FOR (c:${label}) ON (c.document)`,
      // Not quantised: that is done by segment, and in small ones it loses near neighbours.
      `CREATE VECTOR INDEX ${vectorIndex(label)} IF NOT EXISTS FOR (c:${label}) ON (c.vector)
       OPTIONS {indexConfig: {\`vector.dimensions\`: ${Math.trunc(dimension)},
         \`vector.similarity_function\`: 'cosine', \`vector.quantization.enabled\`: false}}`,
    ],
  };
}

export const textIndex = (label: string): string => `graphblend_text_${allowed(label)}`;
export const vectorIndex = (label: string): string => `graphblend_vector_${allowed(label)}`;

/** All indices that a label may have. */
export function indexNames(label: string): string[] {
  return ['number', 'document', 'text', 'vector'].map(
    (kind) => `graphblend_${kind}_${allowed(label)}`,
  );
}

const ALLOWED = /^Graphblend(?:Text|Vector)_[0-9a-f]{24}$/;

/** Labels stand in a query's text: none but those made here gets there. */
export function allowed(label: string): string {
  if (!ALLOWED.test(label))
    throw new RangeError(`${JSON.stringify(label)} is no label of an index.`);
  return label;
}

function numberIndex(label: string): string {
  return `CREATE INDEX graphblend_number_${allowed(label)} IF NOT EXISTS FOR (c:${label}) ON (c.n)`;
}

function spaceOf(
  prefix: 'GraphblendText' | 'GraphblendVector',
  namespace: string,
  workspaceId: string,
  variant: string,
): Omit<Space, 'indices'> {
  const { tenant } = keysOf(namespace, workspaceId);
  const digest = createHash('sha256')
    .update(JSON.stringify(['index', prefix, tenant, variant]))
    .digest('hex')
    .slice(0, 24);
  return { key: digest, tenant, label: allowed(`${prefix}_${digest}`) };
}
