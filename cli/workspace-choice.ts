/** Which workspace a command means. */
import type { Workspace } from '../api/index.ts';
import { CliError } from './errors.ts';
import type { RestClient } from './rest-client.ts';

const DEFAULT_NAME = 'My documents';

/** By id or name; without a name the newest. */
export async function chooseWorkspace(
  client: RestClient,
  wanted: string | undefined,
): Promise<Workspace> {
  const all = await client.workspaces();
  const found = wanted ? named(all, wanted) : all[0];
  if (found) return found;
  throw new CliError(
    wanted ? `There is no workspace ${JSON.stringify(wanted)}` : 'There is no workspace yet',
    all.length > 0
      ? `Choose one of: ${all.map((each) => each.name).join(', ')}`
      : 'Add documents first: graphblend ingest <paths…>',
  );
}

/** Like `chooseWorkspace`, but documents of one's own never go into the sample, and a new name is made. */
export async function workspaceForIngest(
  client: RestClient,
  wanted: string | undefined,
): Promise<Workspace> {
  const name = wanted ?? DEFAULT_NAME;
  const all = await client.workspaces();
  return named(all, name) ?? client.createWorkspace(name);
}

/** An id is one workspace; a name may be several's, and guessing would ask the wrong one. */
function named(all: readonly Workspace[], wanted: string): Workspace | undefined {
  const found = all.filter((each) => each.id === wanted || each.name === wanted);
  if (found.length < 2) return found[0];
  throw new CliError(
    `${found.length} workspaces are named ${JSON.stringify(wanted)}`,
    `Give the id: ${found.map((each) => `${each.id} (${each.counts.documents} documents)`).join(', ')}`,
  );
}
