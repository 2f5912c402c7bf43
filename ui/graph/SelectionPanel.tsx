/** The chosen entity or edge: its facts, and the sentence behind each, linked into its document. */
import type { ReactNode } from 'react';
import type { Entity, Fact } from '../../api/contract/index.ts';
import { EntityActions } from '../identity/EntityActions.tsx';
import { Button } from '../parts/Button.tsx';
import { EntityDot } from '../parts/EntityDot.tsx';
import { plural } from '../parts/format.ts';
import { FactLine } from './FactLine.tsx';
import { factsBeside, factsOfEntity, type GraphModel } from './model.ts';
import { PathFinder } from './PathFinder.tsx';
import { SupportLinks } from './SupportLinks.tsx';

type SelectionPanelProps = {
  model: GraphModel;
  selected: string | null;
  expanded: string[];
  onExpand: (id: string) => void;
  onSelect: (id: string | null) => void;
  /** The entity was merged into another, or split. */
  onReplaced: (id: string | null) => void;
};

export function SelectionPanel({
  model,
  selected,
  expanded,
  onExpand,
  onSelect,
  onReplaced,
}: SelectionPanelProps) {
  const entity = selected === null ? undefined : model.entities.get(selected);
  const fact = selected === null ? undefined : model.facts.get(selected);
  if (entity) {
    return (
      <Panel label={entity.name}>
        <EntityHead entity={entity} />
        <div className="mt-2 flex flex-wrap gap-2">
          {!expanded.includes(entity.id) && (
            <Button onClick={() => onExpand(entity.id)}>Expand its neighbourhood</Button>
          )}
          <EntityActions entity={entity} onMerged={onReplaced} onSplit={() => onReplaced(null)} />
        </div>
        <PathFinder key={entity.id} from={entity} />
        <Facts facts={factsOfEntity(model, entity.id)} />
      </Panel>
    );
  }
  if (fact) {
    return (
      <Panel label="Facts of this edge">
        <div className="flex flex-wrap gap-2">
          {[fact.subject, fact.object].map((end) => (
            <Button
              key={end.id}
              onClick={() => onSelect(end.id)}
              icon={<EntityDot type={end.type} />}
            >
              {end.name}
            </Button>
          ))}
        </div>
        <Facts facts={factsBeside(model, fact)} />
      </Panel>
    );
  }
  return (
    <Panel label="Selection">
      <p className="text-muted">
        Choose an entity or an edge to read the sentences behind it. A double click on an entity, or
        Enter, fetches what lies around it.
      </p>
    </Panel>
  );
}

function Panel({ label, children }: { label: string; children: ReactNode }) {
  return (
    <section
      aria-label={label}
      aria-live="polite"
      tabIndex={0}
      className="max-h-[58vh] overflow-y-auto rounded-xl border border-line bg-surface p-4 lg:h-[58vh]"
    >
      {children}
    </section>
  );
}

function EntityHead({ entity }: { entity: Entity }) {
  return (
    <>
      <h2 className="flex items-center gap-2 text-read font-semibold">
        <EntityDot type={entity.type} />
        <span className="min-w-0 break-words">{entity.name}</span>
      </h2>
      <p className="text-xs text-muted tabular-nums">
        {entity.type}, {plural(entity.fact_count, 'fact')},{' '}
        {plural(entity.mention_count, 'mention')} in {plural(entity.document_count, 'document')}
      </p>
      {entity.aliases.length > 0 && (
        <p className="mt-1 text-xs text-muted">Also: {entity.aliases.join(', ')}</p>
      )}
    </>
  );
}

function Facts({ facts }: { facts: Fact[] }) {
  return (
    <ul className="mt-3 divide-y divide-line border-t border-line">
      {facts.map((fact) => (
        <li key={fact.id} className="py-2.5">
          <FactLine fact={fact} />
          <SupportLinks fact={fact} />
        </li>
      ))}
    </ul>
  );
}
