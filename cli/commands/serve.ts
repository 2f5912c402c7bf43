/** `graphblend serve`: runs until a signal ends it. */
import { readConfig, startServer } from '../../api/index.ts';
import { bold, dim, print } from '../terminal.ts';

export async function serve(options: { port?: number; host?: string }): Promise<void> {
  const started = performance.now();
  const server = await startServer(
    readConfig(process.env, {
      ...(options.port === undefined ? {} : { port: options.port }),
      ...(options.host === undefined ? {} : { host: options.host }),
    }),
  );
  // Before the line that says it listens: whoever waits for that may end it at once.
  const ended = new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  const { config, engine, queue } = server.platform;
  const { reader, embedder } = engine.client.info;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  print(`${bold('Graphblend')} listens at ${bold(server.url)}  ${dim(`(ready in ${seconds} s)`)}`);
  print(
    dim(
      `  reader ${reader.name}, ${(reader.parameters / 1e6).toFixed(1)}M parameters, ${reader.weights}; embedder ${embedder.name}`,
    ),
  );
  print(dim(`  data in ${config.home}; queue ${queue.kind}; API at ${server.url}/openapi.json`));
  await ended;
  print(dim('Ending: running jobs go on at the next start.'));
  await server.close();
}
