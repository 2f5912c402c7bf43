/** `graphblend schema show | set | remove`: what the facts of a workspace are stated in. */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Workspace, WorkspaceSchema } from '../../api/index.ts';
import { withClient } from '../connect.ts';
import { CliError } from '../errors.ts';
import type { RestClient } from '../rest-client.ts';
import { bold, dim, print, printJson } from '../terminal.ts';
import { chooseWorkspace } from '../workspace-choice.ts';

export interface SchemaOptions {
  readonly url?: string;
  readonly workspace?: string;
  readonly json?: boolean;
}

export async function showSchema(options: SchemaOptions): Promise<number> {
  return inWorkspace(options, async (client, { id, name }) => {
    const schema = await client.schema(id);
    if (options.json) printJson(schema);
    else if (schema.revision === 0)
      print(`${name} has no schema: facts are in the words of the texts.`);
    else for (const line of linesOf(schema)) print(line);
  });
}

/** Turtle, N-Triples or JSON; waits until all documents are stated in it. */
export async function setSchema(file: string, options: SchemaOptions): Promise<number> {
  const content = await readFile(file, 'utf8');
  return inWorkspace(options, async (client, { id }) => {
    await client.importSchema(id, content);
    const schema = await restated(client, id);
    if (options.json) return printJson(schema);
    print(`${counted(schema)}; ${amount(schema.restated.documents, 'document')} stated in it.`);
  });
}

export async function removeSchema(options: SchemaOptions): Promise<number> {
  return inWorkspace(options, async (client, { id, name }) => {
    await client.removeSchema(id);
    const schema = await restated(client, id);
    if (options.json) printJson(schema);
    else print(`${name} has no schema any more: facts are in the words of the texts.`);
  });
}

async function inWorkspace(
  { url, workspace }: SchemaOptions,
  work: (client: RestClient, workspace: Workspace) => Promise<void>,
): Promise<number> {
  return withClient({ url, sample: true }, async (client) => {
    await work(client, await chooseWorkspace(client, workspace));
    return 0;
  });
}

/** Longest wait without any document getting done. */
const PATIENCE_MS = 120_000;

async function restated(client: RestClient, workspaceId: string): Promise<WorkspaceSchema> {
  let waiting = Infinity;
  for (let since = Date.now(); ; await sleep(500)) {
    const schema = await client.schema(workspaceId);
    if (schema.restated.waiting === 0) return schema;
    if (schema.restated.waiting < waiting) {
      waiting = schema.restated.waiting;
      since = Date.now();
      process.stderr.write(
        dim(`${waiting} of ${amount(schema.restated.documents, 'document')} to go\n`),
      );
    } else if (Date.now() - since > PATIENCE_MS) {
      throw new CliError(
        `The schema is set, but ${amount(waiting, 'document')} not stated in it yet`,
        'They go on in the background while the server runs: see `graphblend status`.',
      );
    }
  }
}

function counted({ entity_types: types, relations }: WorkspaceSchema): string {
  return `${amount(types.length, 'entity type')}, ${amount(relations.length, 'relation')}`;
}

const amount = (count: number, noun: string): string =>
  `${count} ${count === 1 ? noun : `${noun}s`}`;

function linesOf(schema: WorkspaceSchema): string[] {
  const { title, entity_types: types, relations, restated: state } = schema;
  return [
    bold(title || 'Schema') + dim(` revision ${schema.revision}, ${counted(schema)}`),
    ...types.map(({ label, aliases }) => `  ${label}${dim(aliasText(aliases))}`),
    ...relations.map(({ label, aliases, domain, range, functional }) => {
      const ends = `${domain.join(' or ') || 'any'} -> ${range.join(' or ') || 'any'}`;
      return `  ${label}${dim(`: ${ends}${functional ? ', one at a time' : ''}${aliasText(aliases)}`)}`;
    }),
    dim(
      `${state.documents - state.waiting} of ${amount(state.documents, 'document')} stated in it`,
    ),
  ];
}

function aliasText(aliases: readonly string[]): string {
  return aliases.length > 0 ? ` (also: ${aliases.join(', ')})` : '';
}
