/** What the facts of a workspace are stated in: its entity types and relations. */
import { Link } from 'react-router';
import type { WorkspaceSchema } from '../../api/contract/index.ts';
import { useSchema } from '../client/schema.ts';
import { Empty, Loaded } from '../parts/states.tsx';
import { useTitle } from '../shell/use-title.ts';
import { useWorkspaceId } from '../shell/use-workspace-id.ts';
import { ImportSchema } from './ImportSchema.tsx';
import { RelationTable } from './RelationTable.tsx';
import { Restated } from './Restated.tsx';

export default function SchemaPage() {
  useTitle('Schema');
  const workspaceId = useWorkspaceId();
  const schema = useSchema(workspaceId);
  return (
    <div className="mx-auto max-w-4xl px-4 py-5">
      <p className="text-sm">
        <Link className="text-accent hover:underline" to={`/w/${workspaceId}/graph`}>
          Graph
        </Link>
      </p>
      <h1 className="text-2xl font-semibold tracking-tight">Schema</h1>
      <p className="mt-1 max-w-prose text-muted">
        With a schema, the graph holds only facts whose relation it has and whose ends fit. A change
        states the facts anew; the documents are not read again.
      </p>
      <Loaded query={schema} label="Fetching the schema">
        {(data) => (
          <>
            <ImportSchema schema={data} />
            <Restated restated={data.restated} hasSchema={data.revision > 0} />
            {hasContent(data) ? <Content schema={data} /> : <NoSchema />}
          </>
        )}
      </Loaded>
    </div>
  );
}

const hasContent = (schema: WorkspaceSchema) =>
  schema.entity_types.length + schema.relations.length > 0;

function NoSchema() {
  return (
    <div className="mt-5">
      <Empty title="This workspace has no schema">
        Facts are in the words of the texts. Import an ontology to hold them to its types and
        relations.
      </Empty>
    </div>
  );
}

function Content({ schema }: { schema: WorkspaceSchema }) {
  return (
    <>
      <h2 className="mt-7 text-read font-semibold">Entity types</h2>
      <ul className="mt-2 flex flex-wrap gap-2">
        {schema.entity_types.map((type) => (
          <li
            key={type.id}
            title={type.description}
            className="rounded-md border border-line bg-surface px-2.5 py-1"
          >
            {type.label}
            {type.aliases.length > 0 && (
              <span className="text-muted"> · {type.aliases.join(', ')}</span>
            )}
          </li>
        ))}
      </ul>
      <h2 className="mt-7 text-read font-semibold">Relations</h2>
      <RelationTable schema={schema} />
    </>
  );
}
