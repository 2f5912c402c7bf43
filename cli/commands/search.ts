/** `graphblend search "<question>"`: retrieval alone. */
import { withClient } from '../connect.ts';
import { bold, cyan, dim, milliseconds, print, printJson } from '../terminal.ts';
import { chooseWorkspace } from '../workspace-choice.ts';

export interface SearchOptions {
  readonly url?: string;
  readonly workspace?: string;
  readonly json?: boolean;
  readonly limit: number;
}

export async function search(question: string, options: SearchOptions): Promise<number> {
  return withClient({ url: options.url, sample: true }, async (client) => {
    const workspace = await chooseWorkspace(client, options.workspace);
    const found = await client.search(workspace.id, question, options.limit);
    if (options.json) {
      printJson(found);
      return 0;
    }
    if (found.entities.length > 0)
      print(dim(`entities: ${found.entities.map((each) => each.name).join(', ')}`));
    found.hits.forEach((hit, i) => {
      const via = hit.via ? dim(` via ${hit.via}`) : '';
      print(
        `${cyan(String(i + 1).padStart(2))} ${hit.score.toFixed(3)} ${bold(hit.heading_path.join(' > '))}${via}`,
      );
      print(`   ${dim(hit.text.replace(/\s+/g, ' ').slice(0, 160))}`);
    });
    print(dim(milliseconds(found.timings_ms.total)));
    return 0;
  });
}
