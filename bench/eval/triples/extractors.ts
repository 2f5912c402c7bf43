/** What reads the sentences: the rules with the schema on top, or a model that is given the schema. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot, readConfig } from '../../../api/index.ts';
import { startEngine } from '../../../cache/index.ts';
import { splitSentences } from '../../../ingest/chunk/index.ts';
import { extractDocument } from '../../../ingest/extract/index.ts';
import { groundReply, tripleModelOf, tripleRequest } from '../../../ingest/model-extract/index.ts';
import {
  learnTyping,
  sentenceMentions,
  typeSentence,
  type Schema,
} from '../../../ingest/schema/index.ts';
import type { Chunk } from '../../../graph/index.ts';
import type { Triple } from './measures.ts';

export type Extract = (text: string) => Triple[] | Promise<Triple[]>;

export interface Extractor {
  readonly name: string;
  /** Learns what there is to learn about a schema. */
  readonly of: (schema: Schema) => Extract;
  close(): Promise<void>;
}

export function rulesExtractor(): Extractor {
  return {
    name: 'rules + schema',
    of: (schema) => {
      const model = learnTyping(schema, sentenceMentions);
      return (text) =>
        typeSentence(model, { text, mentions: sentenceMentions(text) }).map(
          ({ subject, relation, object }): Triple => [subject.name, relation.label, object.name],
        );
    },
    close: async () => {},
  };
}

/** The bundled reader, or the remote model of OPENAI_BASE_URL. Replies are held to the contracts of ingest. */
export async function readerExtractor(
  readerFolder = readConfig(process.env).readerFolder,
): Promise<Extractor> {
  const home = mkdtempSync(join(tmpdir(), 'graphblend-triples-'));
  const thread = await startEngine({
    readerFolder,
    embedderFolder: join(packageRoot(), 'models', 'embedder'),
    modelCacheFolder: join(home, 'models'),
    kvFolder: join(home, 'kv'),
    kvDiskBytes: 1e9,
    kvRamBytes: 0,
    codec: 'fp16',
    weights: 'fp32',
    threads: 1,
  });
  const model = tripleModelOf(thread.client, readConfig(process.env).remoteReader);
  const { signal } = new AbortController();
  return {
    name: `model ${model.name}`,
    of: (schema) => async (text) => {
      const chunk = chunkOf(text, (await thread.client.tokenize([text]))[0]?.length ?? 0);
      const [rules] = extractDocument({
        parsed: { title: '', text, blocks: [{ kind: 'paragraph', start: 0, end: text.length }] },
        chunks: [chunk],
      });
      const { text: reply } = await model.read(tripleRequest(chunk, schema), signal);
      const triples = groundReply(reply, chunk, rules)?.triples ?? [];
      return triples.map(({ subject, relation, object }): Triple => {
        const label = schema.relations.find(
          (one) => one.label.toLowerCase() === relation.name,
        )?.label;
        return [subject.name, label ?? relation.name, object.name];
      });
    },
    close: async () => {
      await thread.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function chunkOf(text: string, tokenCount: number): Chunk {
  return {
    id: 'sentence',
    workspaceId: '',
    documentId: '',
    ordinal: 0,
    headingPath: [],
    text,
    start: 0,
    end: text.length,
    page: undefined,
    sentences: splitSentences(text),
    tokenCount,
  };
}
