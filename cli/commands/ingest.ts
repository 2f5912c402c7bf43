/** `graphblend ingest <paths…>`: files, folders and URLs into a workspace, with progress. */
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { mediaTypeOfName, type AcceptedDocument } from '../../api/index.ts';
import { withClient } from '../connect.ts';
import { CliError } from '../errors.ts';
import type { RestClient } from '../rest-client.ts';
import { dim, green, print, printJson, red } from '../terminal.ts';
import { watchJobs } from '../watch-jobs.ts';
import { workspaceForIngest } from '../workspace-choice.ts';

export interface IngestOptions {
  readonly url?: string;
  readonly workspace?: string;
  readonly json?: boolean;
}

interface Source {
  readonly path: string;
  readonly key: string;
}

/** A source that was not taken in at all. */
interface Refusal {
  readonly source: string;
  readonly message: string;
  readonly fix: string;
}

/** Returns the exit code: 1 if any document was refused or failed. */
export async function ingest(inputs: readonly string[], options: IngestOptions): Promise<number> {
  const urls = inputs.filter((input) => /^https?:\/\//.test(input));
  const files = await sources(inputs.filter((input) => !urls.includes(input)));
  return withClient({ url: options.url, sample: false }, async (client) => {
    const workspace = await workspaceForIngest(client, options.workspace);
    const { accepted, refused } = await submit(client, workspace.id, files, urls);
    const jobs = accepted.flatMap(({ job }) => (job ? [job] : []));
    const ended = await watchJobs(client, jobs, { quiet: options.json ?? false });
    const unchanged = accepted.length - jobs.length;
    const failed = ended.filter((job) => job.state !== 'succeeded');
    if (options.json) printJson({ workspace_id: workspace.id, unchanged, refused, jobs: ended });
    else
      report(workspace.name, ended.length - failed.length, unchanged, [
        ...refused,
        ...failed.map((job) => ({
          source: job.document_name,
          message: job.error?.message ?? job.state,
          fix: job.error?.fix ?? '',
        })),
      ]);
    return failed.length + refused.length > 0 ? 1 : 0;
  });
}

function report(
  workspace: string,
  ingested: number,
  unchanged: number,
  failures: readonly Refusal[],
): void {
  const same = unchanged > 0 ? `, ${unchanged} unchanged` : '';
  print(`${green('done')} ${ingested} ingested${same} in workspace ${JSON.stringify(workspace)}`);
  for (const { source, message, fix } of failures) {
    print(`${red('failed')} ${source}: ${message}`);
    if (fix) print(dim(`       ${fix}`));
  }
}

/** One source that is refused keeps no other from being taken in. */
async function submit(
  client: RestClient,
  workspaceId: string,
  files: readonly Source[],
  urls: readonly string[],
): Promise<{ accepted: AcceptedDocument[]; refused: Refusal[] }> {
  const accepted: AcceptedDocument[] = [];
  const refused: Refusal[] = [];
  const attempt = async (source: string, send: () => Promise<AcceptedDocument>): Promise<void> => {
    try {
      accepted.push(await send());
    } catch (error) {
      if (!(error instanceof CliError)) throw error;
      refused.push({ source, message: error.message, fix: error.fix });
    }
  };
  for (const { path, key } of files) {
    await attempt(path, () => client.upload(workspaceId, path, key));
  }
  for (const url of urls) await attempt(url, () => client.addUrl(workspaceId, url));
  return { accepted, refused };
}

/** Files as given; folders with everything in them that can be ingested. */
async function sources(inputs: readonly string[]): Promise<Source[]> {
  const found: Source[] = [];
  for (const input of inputs) {
    const path = resolve(input);
    const info = await stat(path).catch((error: unknown) => {
      throw new CliError(`${input} does not exist or cannot be read`, 'Check the path.', {
        cause: error,
      });
    });
    if (info.isDirectory()) found.push(...(await folder(path)));
    else found.push(sourceOf(path));
  }
  return found;
}

async function folder(path: string): Promise<Source[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && mediaTypeOfName(entry.name) !== 'application/octet-stream')
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
    .map(sourceOf);
}

/** The whole path is the key: files of the same name in two folders are two documents. */
function sourceOf(path: string): Source {
  return { path, key: pathToFileURL(path).href };
}
