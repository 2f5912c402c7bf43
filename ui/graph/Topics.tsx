/** The communities of the graph: who is central in each, and what the documents say of them. */
import type { Community } from '../../api/contract/index.ts';
import { useCommunities } from '../client/graph.ts';
import { EntityDot } from '../parts/EntityDot.tsx';
import { plural } from '../parts/format.ts';
import { useWorkspaceId } from '../shell/use-workspace-id.ts';

const sentencesShown = 2;

/** Shows nothing where there are none: they are an addition to the entities above. */
export function Topics({ onChoose }: { onChoose: (id: string) => void }) {
  const communities = useCommunities(useWorkspaceId());
  const topics = communities.data?.data ?? [];
  if (topics.length === 0) return null;
  return (
    <>
      <h2 id="topics" className="mt-8 text-sm font-semibold text-muted">
        Topics: entities that many facts tie together
      </h2>
      <ul aria-labelledby="topics" className="mt-2 divide-y divide-line border-y border-line">
        {topics.map((topic) => (
          <Topic key={topic.id} topic={topic} onChoose={onChoose} />
        ))}
      </ul>
    </>
  );
}

function Topic({ topic, onChoose }: { topic: Community; onChoose: (id: string) => void }) {
  return (
    <li className="py-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        {topic.entities.map((entity) => (
          <button
            key={entity.id}
            type="button"
            onClick={() => onChoose(entity.id)}
            className="flex items-center gap-1.5 font-semibold hover:underline"
          >
            <EntityDot type={entity.type} />
            {entity.name}
          </button>
        ))}
        <span className="text-xs text-muted tabular-nums">
          {plural(topic.entity_count, 'entity', 'entities')}, {plural(topic.fact_count, 'fact')}
        </span>
      </div>
      {topic.summary.slice(0, sentencesShown).map((sentence) => (
        <p key={sentence.text} className="mt-1 text-muted">
          {sentence.text} <span className="text-xs">({sentence.document_title})</span>
        </p>
      ))}
    </li>
  );
}
