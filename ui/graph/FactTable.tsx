/** Everything that is drawn, as a table. */
import type { GraphModel } from './model.ts';
import { SupportLinks } from './SupportLinks.tsx';

type FactTableProps = {
  model: GraphModel;
  selected: string | null;
  onSelect: (id: string) => void;
};

const cell = 'sm:table-cell sm:py-2 sm:pr-4';

export function FactTable({ model, selected, onSelect }: FactTableProps) {
  const facts = [...model.facts.values()];
  const name = (id: string, text: string) => (
    <button
      type="button"
      onClick={() => onSelect(id)}
      className="min-h-6 text-left font-semibold hover:text-accent hover:underline"
    >
      {text}
    </button>
  );
  return (
    <table className="mt-6 block w-full border-collapse text-left sm:table">
      <caption className="block pb-1 text-left text-sm font-semibold sm:table-caption">
        Facts shown
      </caption>
      <thead className="sr-only text-xs text-muted sm:not-sr-only sm:table-header-group">
        <tr className="border-b border-line-strong">
          <th className="py-1 pr-4 font-normal">Subject</th>
          <th className="py-1 pr-4 font-normal">Relation</th>
          <th className="py-1 pr-4 font-normal">Object</th>
          <th className="py-1 font-normal">Where it says so</th>
        </tr>
      </thead>
      <tbody className="block sm:table-row-group">
        {facts.map((fact) => {
          const chosen = fact.id === selected;
          return (
            <tr
              key={fact.id}
              className={`block border-b border-line py-1.5 align-top sm:table-row ${chosen ? 'bg-accent-soft' : ''}`}
            >
              <td className={`inline ${cell}`}>{name(fact.subject.id, fact.subject.name)}</td>
              <td className={`inline px-1.5 sm:pl-0 ${cell}`}>
                <button
                  type="button"
                  onClick={() => onSelect(fact.id)}
                  className="min-h-6 text-left text-accent hover:underline"
                >
                  {fact.negated && 'not '}
                  {fact.relation}
                </button>
              </td>
              <td className={`inline ${cell}`}>{name(fact.object.id, fact.object.name)}</td>
              <td className={`block ${cell}`}>
                <SupportLinks fact={fact} />
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
