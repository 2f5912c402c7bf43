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
import { TypeList } from './TypeList.tsx';

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
            {!hasContent(data) && <NoSchema />}
            <TypeList schema={data} />
            <RelationTable schema={data} />
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
        Facts are in the words of the texts. Import an ontology, or add types and relations, to hold
        them to these.
      </Empty>
    </div>
  );
}
