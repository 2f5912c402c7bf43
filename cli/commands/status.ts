/** `graphblend status` and `graphblend models`. */
import { withClient } from '../connect.ts';
import { bold, bytes, print, printJson, table } from '../terminal.ts';

export interface StatusOptions {
  readonly url?: string;
  readonly json?: boolean;
}

export async function status(options: StatusOptions): Promise<number> {
  return withClient({ url: options.url, sample: false }, async (client) => {
    const [server, workspaces] = [await client.status(), await client.workspaces()];
    if (options.json) {
      printJson({ status: server, workspaces });
      return 0;
    }
    print(`${bold('Graphblend')} ${server.version}`);
    print(
      `KV cache  ${server.kv.entries} chunks, ${bytes(server.kv.disk_bytes)} on disk, ${bytes(server.kv.ram_bytes)} in memory`,
    );
    print(`Queue     ${server.queue.waiting} waiting, ${server.queue.active} running`);
    print(`Stores    graph ${server.stores.graph}, queue ${server.stores.queue}`);
    print();
    print(
      table([
        ['workspace', 'documents', 'chunks', 'entities', 'facts', 'id'],
        ...workspaces.map(({ name, counts, id }) => [
          name,
          counts.documents,
          counts.chunks,
          counts.entities,
          counts.facts,
          id,
        ]),
      ]),
    );
    return 0;
  });
}

export async function models(options: StatusOptions): Promise<number> {
  return withClient({ url: options.url, sample: false }, async (client) => {
    const { reader, embedder } = await client.status();
    if (options.json) {
      printJson({ reader, embedder });
      return 0;
    }
    print(
      table([
        ['role', 'name', 'size', 'fingerprint'],
        [
          'reader',
          reader.name,
          `${(reader.parameters / 1e6).toFixed(1)}M parameters, ${reader.layers} layers, ${reader.weights}`,
          reader.fingerprint.slice(0, 12),
        ],
        [
          'embedder',
          embedder.name,
          `${embedder.dimensions} dimensions`,
          embedder.fingerprint.slice(0, 12),
        ],
      ]),
    );
    return 0;
  });
}
