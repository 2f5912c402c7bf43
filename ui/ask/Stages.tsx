/** What the server is doing right now, by name. */
import { Check } from 'lucide-react';
import type { Answer } from '../../api/contract/index.ts';
import type { Stage } from './live-answers.ts';

const stages: { stage: Stage; label: string; long: string }[] = [
  { stage: 'embed', label: 'Read', long: 'Reading the question' },
  { stage: 'retrieve', label: 'Find', long: 'Finding passages' },
  { stage: 'plan', label: 'Plan', long: 'Choosing what to reuse' },
  { stage: 'load', label: 'Blend', long: 'Loading and blending chunk caches' },
  { stage: 'generate', label: 'Write', long: 'Writing the answer' },
  { stage: 'cite', label: 'Cite', long: 'Finding the sentences that say so' },
];

export function Stages({ stage }: { stage: Stage | null }) {
  const now = stages.findIndex((known) => known.stage === stage);
  return (
    <div className="mb-4">
      <ol aria-hidden className="flex gap-1">
        {stages.map(({ stage: name, label }, index) => (
          <li
            key={name}
            className={`flex-1 border-t-2 pt-1 text-2xs ${index <= now ? 'border-accent text-ink' : 'border-line text-muted'} ${index === now ? 'pulse-bar font-semibold' : ''}`}
          >
            {index < now && <Check size={10} className="mr-0.5 inline" />}
            {label}
          </li>
        ))}
      </ol>
      <p className="mt-1 text-sm text-muted">{stages[now]?.long ?? 'Waiting for the engine'}…</p>
    </div>
  );
}

/** Tells a screen reader each stage, and the whole answer once; not every word as it comes. */
export function Announcer({ answer, stage }: { answer: Answer; stage: Stage | null }) {
  const running = answer.status === 'in_progress';
  const long = stages.find((known) => known.stage === stage)?.long;
  const said = running ? long : `Answer ${answer.status}: ${answer.text}`;
  return (
    <p role="status" aria-live="polite" className="sr-only">
      {said}
    </p>
  );
}
