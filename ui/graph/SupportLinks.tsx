import { Link } from 'react-router';
import type { Fact } from '../../api/contract/index.ts';
import { useWorkspaceId } from '../shell/use-workspace-id.ts';

/** Each sentence that says a fact, as a link to its place in the document. */
export function SupportLinks({ fact }: { fact: Fact }) {
  const workspaceId = useWorkspaceId();
  return (
    <ul>
      {fact.support.map(({ document_id, document_title, sentence, sentence_text }) => (
        <li key={`${document_id} ${sentence.start}`} className="mt-1">
          <Link
            to={`/w/${workspaceId}/documents/${document_id}?start=${sentence.start}&end=${sentence.end}`}
            className="group block"
          >
            <span className="font-serif text-[0.9375rem] leading-6 group-hover:underline">
              {sentence_text}
            </span>
            <span className="block text-xs text-accent">{document_title}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
