/** Tells apart what one name stands for: two names, and which document means which. */
import { useState } from 'react';
import type { Entity, Fact, SplitSuggestion } from '../../api/contract/index.ts';
import { useEntityFacts } from '../client/graph.ts';
import { useIdentityActions, useSplitSuggestion } from '../client/identity.ts';
import { problemOf } from '../client/problem.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { Loaded, ProblemNotice } from '../parts/states.tsx';
import { useWorkspaceId } from '../shell/use-workspace-id.ts';

type SplitDialogProps = { entity: Entity; onClose: () => void; onSplit: () => void };

export function SplitDialog({ entity, onClose, onSplit }: SplitDialogProps) {
  const workspaceId = useWorkspaceId();
  const suggestion = useSplitSuggestion(workspaceId, entity.id);
  const facts = useEntityFacts(workspaceId, entity.id);
  return (
    <Dialog title={`Split ${entity.name}`} onClose={onClose}>
      <Loaded query={suggestion} label="Comparing where the name stands">
        {(suggested) => (
          <Loaded query={facts} label="Fetching its documents">
            {({ data }) => (
              <SplitForm
                entity={entity}
                facts={data}
                suggestion={suggested.suggestion}
                onClose={onClose}
                onSplit={onSplit}
              />
            )}
          </Loaded>
        )}
      </Loaded>
    </Dialog>
  );
}

type SplitFormProps = SplitDialogProps & {
  facts: Fact[];
  suggestion: SplitSuggestion['suggestion'];
};

function SplitForm({ entity, facts, suggestion, onClose, onSplit }: SplitFormProps) {
  const { split } = useIdentityActions(useWorkspaceId());
  const suggested = suggestion?.senses.slice(0, 2);
  const [first, setFirst] = useState(suggested?.[0]?.name ?? `${entity.name} (1)`);
  const [second, setSecond] = useState(suggested?.[1]?.name ?? `${entity.name} (2)`);
  const documents = documentsOf(facts);
  const [ofSecond, setOfSecond] = useState(new Set(suggested?.[1]?.documents));
  const toggle = (id: string) => {
    const next = new Set(ofSecond);
    if (!next.delete(id)) next.add(id);
    setOfSecond(next);
  };
  const confirm = () => {
    const isSecond = (id: string) => ofSecond.has(id);
    const ids = [...documents.keys()];
    const senses = [
      { name: first, documents: ids.filter((id) => !isSecond(id)), cues: suggested?.[0]?.cues },
      { name: second, documents: [...ofSecond], cues: suggested?.[1]?.cues },
    ];
    const onSuccess = () => {
      onClose();
      onSplit();
    };
    split.mutate({ id: entity.id, request: { senses, rest: first } }, { onSuccess });
  };
  return (
    <>
      <p className="text-muted">
        {suggestion
          ? 'The documents of this name fall apart; this is a suggestion.'
          : 'Nothing speaks for two things by itself: tick the documents that mean the second.'}
      </p>
      <SenseName label="First" value={first} onChange={setFirst} />
      <SenseName label="Second" value={second} onChange={setSecond} />
      <fieldset className="mt-3">
        <legend className="text-sm font-semibold">Documents that mean the second</legend>
        <ul className="mt-1 max-h-56 overflow-y-auto">
          {[...documents].map(([id, { title, sentence }]) => (
            <li key={id}>
              <label className="flex items-start gap-2 py-1">
                <input
                  type="checkbox"
                  className="mt-1"
                  checked={ofSecond.has(id)}
                  onChange={() => toggle(id)}
                />
                <span className="min-w-0">
                  <span className="font-semibold break-words">{title}</span>
                  <span className="block text-sm text-muted">{sentence}</span>
                </span>
              </label>
            </li>
          ))}
        </ul>
      </fieldset>
      {split.error && (
        <div className="mt-3">
          <ProblemNotice problem={problemOf(split.error)} />
        </div>
      )}
      <div className="mt-5 flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button look="primary" disabled={ofSecond.size === 0 || split.isPending} onClick={confirm}>
          Split
        </Button>
      </div>
    </>
  );
}

type SenseNameProps = { label: string; value: string; onChange: (value: string) => void };

function SenseName({ label, value, onChange }: SenseNameProps) {
  return (
    <label className="mt-2 flex items-center gap-2">
      <span className="w-16 text-sm">{label}</span>
      <input
        value={value}
        maxLength={200}
        onChange={(event) => onChange(event.target.value)}
        className="min-h-8 w-full rounded-md border border-line-strong bg-surface px-2"
      />
    </label>
  );
}

/** A sentence of each document that says something of the entity. */
function documentsOf(facts: readonly Fact[]): Map<string, { title: string; sentence: string }> {
  const documents = new Map<string, { title: string; sentence: string }>();
  for (const { document_id, document_title, sentence_text } of facts.flatMap((f) => f.support)) {
    if (documents.has(document_id)) continue;
    documents.set(document_id, { title: document_title, sentence: sentence_text });
  }
  return documents;
}
