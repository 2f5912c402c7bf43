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
  const found = wanted ? all.find((each) => each.id === wanted || each.name === wanted) : all[0];
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
  return all.find((each) => each.id === name || each.name === name) ?? client.createWorkspace(name);
}
