/** The colour of an entity type, here and in the drawn graph; the type is always named beside or in a title. */
import type { Entity } from '../../api/contract/index.ts';

export const typeColours: Record<Entity['type'], string> = {
  person: '#c2601f',
  place: '#2f855a',
  organization: '#5661b3',
  work: '#a8427f',
  event: '#b5302f',
  date: '#7a7f87',
  quantity: '#8b6f1d',
  thing: '#1f7f8c',
};

export function EntityDot({ type }: { type: Entity['type'] }) {
  return (
    <span
      role="img"
      aria-label={type}
      title={type}
      className="inline-block size-2.5 shrink-0 rounded-full"
      style={{ backgroundColor: typeColours[type] }}
    />
  );
}
