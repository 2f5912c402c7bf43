/** Merge and split, for the entity that is chosen on the graph page. */
import { useState } from 'react';
import type { Entity } from '../../api/contract/index.ts';
import { Button } from '../parts/Button.tsx';
import { MergeDialog } from './MergeDialog.tsx';
import { SplitDialog } from './SplitDialog.tsx';

type EntityActionsProps = { entity: Entity; onMerged: (id: string) => void; onSplit: () => void };

export function EntityActions({ entity, onMerged, onSplit }: EntityActionsProps) {
  const [open, setOpen] = useState<'merge' | 'split' | null>(null);
  const close = () => setOpen(null);
  return (
    <>
      <Button onClick={() => setOpen('merge')}>Merge…</Button>
      <Button onClick={() => setOpen('split')}>Split…</Button>
      {open === 'merge' && <MergeDialog entity={entity} onClose={close} onMerged={onMerged} />}
      {open === 'split' && <SplitDialog entity={entity} onClose={close} onSplit={onSplit} />}
    </>
  );
}
