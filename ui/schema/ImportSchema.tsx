/** An ontology from a file; and the way back to none. */
import { Upload } from 'lucide-react';
import { useRef, useState } from 'react';
import type { WorkspaceSchema } from '../../api/contract/index.ts';
import { problemOf } from '../client/problem.ts';
import { useSchemaActions } from '../client/schema.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { ProblemNotice } from '../parts/states.tsx';
import { useWorkspaceId } from '../shell/use-workspace-id.ts';

export function ImportSchema({ schema }: { schema: WorkspaceSchema }) {
  const input = useRef<HTMLInputElement>(null);
  const [asks, setAsks] = useState(false);
  const { load, remove } = useSchemaActions(useWorkspaceId());
  const isBusy = load.isPending || remove.isPending;
  const error = load.error ?? remove.error;
  const read = async (file: File | undefined) => {
    if (file) load.mutate(await file.text());
    // The same file may be chosen again, mended.
    if (input.current) input.current.value = '';
  };
  return (
    <section aria-label="Change the schema" className="mt-5">
      <div className="flex flex-wrap items-center gap-2">
        <Button
          look="primary"
          icon={<Upload aria-hidden size={15} />}
          disabled={isBusy}
          onClick={() => input.current?.click()}
        >
          {schema.revision > 0 ? 'Replace by a file' : 'Import a file'}
        </Button>
        {schema.revision > 0 && (
          <Button disabled={isBusy} onClick={() => setAsks(true)}>
            Remove
          </Button>
        )}
        <span className="text-sm text-muted">OWL or RDF Schema in Turtle, N-Triples, or JSON</span>
        <input
          ref={input}
          type="file"
          hidden
          accept=".json,.ttl,.nt,.owl,.n3"
          aria-label="Ontology file"
          onChange={(event) => void read(event.target.files?.[0])}
        />
      </div>
      {error && (
        <div className="mt-3">
          <ProblemNotice problem={problemOf(error)} />
        </div>
      )}
      {asks && (
        <Dialog title="Remove the schema" onClose={() => setAsks(false)}>
          <p className="text-muted">
            Facts will be in the words of the texts again. Types and relations are not kept: import
            the file again to have them back.
          </p>
          <div className="mt-5 flex justify-end gap-2">
            <Button onClick={() => setAsks(false)}>Cancel</Button>
            <Button look="danger" onClick={() => (setAsks(false), remove.mutate())}>
              Remove
            </Button>
          </div>
        </Dialog>
      )}
    </section>
  );
}
