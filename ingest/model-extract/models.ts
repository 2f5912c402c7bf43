/** The two adapters of `TripleModel`: the reader in the engine's thread, and a remote server. */

import { randomBytes } from 'node:crypto';
import type { EngineClient } from '../../cache/index.ts';
import { openRemoteModel } from '../../engine/index.ts';
import type { RemoteReaderOptions, TripleModel } from './types.ts';

/** What a small model writes per second on two cores; only an estimate is made of it. */
const EMBEDDED_TOKENS_PER_SECOND = 30;

/** Decoding is constrained: what it writes always has the form. */
function embeddedTripleModel(engine: EngineClient): TripleModel {
  const { reader } = engine.info;
  const ownSalt = randomBytes(32).toString('hex');
  return {
    name: reader.name,
    fingerprint: reader.fingerprint,
    concurrency: 1,
    price: { input: 0, output: 0 },
    tokensPerSecond: EMBEDDED_TOKENS_PER_SECOND,
    read: async ({ system, user, schema, maxTokens, workspaceSalt = ownSalt }, signal) => {
      const { text } = await engine.generate(
        {
          workspaceSalt,
          chunks: [],
          question: `${system}\n\n${user}`,
          mode: 'exact',
          maxTokens,
          format: { type: 'json_schema', schema },
        },
        { signal },
      );
      return { text };
    },
  };
}

/** The remote model if one is configured. */
export function tripleModelOf(
  engine: EngineClient,
  remote: RemoteReaderOptions | undefined,
): TripleModel {
  return remote === undefined ? embeddedTripleModel(engine) : remoteTripleModel(remote);
}

export function remoteTripleModel(options: RemoteReaderOptions): TripleModel {
  const remote = openRemoteModel(options);
  return {
    name: options.model,
    fingerprint: `${options.baseUrl}#${options.model}`,
    concurrency: options.concurrency,
    price: options.price,
    tokensPerSecond: undefined,
    read: ({ system, user, schema, maxTokens }, signal) =>
      remote.chat({
        messages: [
          { role: 'system', content: system },
          { role: 'user', content: user },
        ],
        maxTokens,
        schema: { name: 'facts', schema },
        signal,
      }),
  };
}
