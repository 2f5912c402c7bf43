/** A workspace with one published document read by the rules, for tests of what its facts are stated in. */
import { join } from 'node:path';
import type { EngineClient } from '../../cache/index.ts';
import type { Tokenizer } from '../../engine/index.ts';
import type { Chunk, Schema } from '../../graph/index.ts';
import { BlobStore, IngestService, StatementService, withSchema } from '../../ingest/index.ts';
import { extractDocument } from '../../ingest/extract/index.ts';
import { splitSentences } from '../../ingest/chunk/index.ts';
import { jobHandler } from '../../ingest/handle-job.ts';
import { syncGraph } from '../../ingest/ingest-document.ts';
import type { TripleModel } from '../../ingest/model-extract/index.ts';
import { publicationOf, temporaryHome, testStores } from '../graph/fixtures.ts';
import { NoQueue, submitted } from './ingest-parts.ts';

export const PARAGRAPHS = [
  'Broken Mast is a drama film directed by Olav Hauge. It was filmed in Bergen in 1972.',
  'Cold Light is a film directed by Mina Vik. Mina Vik was born in Oslo.',
];

export async function published(paragraphs: readonly string[] = PARAGRAPHS) {
  const home = temporaryHome();
  const stores = testStores(home);
  const { corpus, schemas } = stores;
  const graph = withSchema(stores.graph, stores);
  const queue = new NoQueue();
  const blobs = new BlobStore(join(home, 'blobs'));
  const engine = {
    deleteKv: async () => {},
    kvKeys: async () => [],
  } as Partial<EngineClient> as EngineClient;
  const service = new IngestService({ corpus, graph, blobs, queue, engine });
  const workspaceId = corpus.createWorkspace({ name: 'Films' }).id;
  const parts = { corpus, graph, blobs, engine, home, queue, service, workspaceId };
  const job = await submitted(parts, paragraphs.join('\n\n'));
  const { runToken } = corpus.beginJob(job.id)!;
  const publication = publicationOf(workspaceId, job.documentId, 1, 'Films', paragraphs);
  const chunks = publication.chunks.map((chunk): Chunk => ({
    ...chunk,
    sentences: splitSentences(chunk.text).map((one) => ({
      start: chunk.start + one.start,
      end: chunk.start + one.end,
    })),
  }));
  const extractions = extractDocument({ parsed: publication.parsed, chunks });
  corpus.publish({ ...publication, chunks, extractions }, runToken);
  corpus.finishJob(job.id, runToken, 'succeeded');
  await syncGraph(workspaceId, job.documentId, 1, parts);
  return {
    ...parts,
    schemas,
    chunks,
    documentId: job.documentId,
    statements: new StatementService({ corpus, schemas, queue }),
    /** Runs a job to its end. */
    run: async (
      jobId: string,
      tripleModel?: TripleModel,
      signal = new AbortController().signal,
    ) => {
      const handler = jobHandler(
        { ...parts, schemas, tripleModel, tokenizer: {} as Tokenizer, limits: {} },
        { warn: () => {} },
      );
      await handler({ jobId, attempt: 1, failures: 0, signal });
      return corpus.job(jobId)!;
    },
    facts: async (): Promise<string[]> => {
      const { data } = await graph.facts(workspaceId, {}, { limit: 200 });
      return data.map((one) => `${one.subject.name} | ${one.relation} | ${one.object.name}`).sort();
    },
  };
}

const type = (id: string) => ({ id, label: id, aliases: [], description: '' });

export const FILM_SCHEMA: Schema = {
  title: 'Films',
  entityTypes: [type('film'), type('human'), type('city')],
  relations: [
    {
      id: 'director',
      label: 'director',
      aliases: ['directed by'],
      description: '',
      domain: ['film'],
      range: ['human'],
      functional: false,
    },
    {
      id: 'birth place',
      label: 'birth place',
      aliases: ['born in'],
      description: '',
      domain: ['human'],
      range: ['city'],
      functional: true,
    },
  ],
  examples: [],
};
