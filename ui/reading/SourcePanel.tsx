/** A source document opened at a sentence: beside the answer on wide screens, a sheet over it on narrow ones. */
import { ExternalLink, X } from 'lucide-react';
import { Link } from 'react-router';
import { problemOf } from '../client/problem.ts';
import { useDocumentText } from '../client/documents.ts';
import { IconButton } from '../parts/Button.tsx';
import { Dialog } from '../parts/Dialog.tsx';
import { Loading, ProblemNotice } from '../parts/states.tsx';
import { useMedia } from '../parts/use-media.ts';
import { DocumentBody } from './DocumentBody.tsx';
import { locate, type Passage } from './locate.ts';

type SourcePanelProps = { workspaceId: string; passage: Passage; onClose: () => void };

export function SourcePanel(props: SourcePanelProps) {
  const wide = useMedia('(min-width: 1180px)');
  if (!wide) {
    return (
      <Dialog sheet title={`Source: ${props.passage.title}`} onClose={props.onClose}>
        <Source {...props} />
      </Dialog>
    );
  }
  return (
    <aside
      aria-label={`Source: ${props.passage.title}`}
      className="sticky top-0 flex h-[100cqh] flex-col border-l border-line bg-surface"
    >
      <Source {...props} />
    </aside>
  );
}

function Source({ workspaceId, passage, onClose }: SourcePanelProps) {
  const { span } = passage;
  const text = useDocumentText(workspaceId, passage.documentId);
  const deleted = text.error !== null && problemOf(text.error).status === 404;
  const place = span ? `?start=${span.start}&end=${span.end}` : '';
  return (
    <>
      <div className="flex items-start gap-2 border-b border-line py-2.5 pr-2 pl-5">
        <div className="min-w-0 flex-1">
          <h2 className="truncate font-semibold">{passage.title}</h2>
          {!deleted && (
            <Link
              to={`/w/${workspaceId}/documents/${passage.documentId}${place}`}
              className="inline-flex items-center gap-1 text-sm text-accent hover:underline"
            >
              Open document <ExternalLink aria-hidden size={13} />
            </Link>
          )}
        </div>
        <IconButton label="Close the source" onClick={onClose}>
          <X aria-hidden size={16} />
        </IconButton>
      </div>
      <div
        tabIndex={0}
        role="region"
        aria-label="Document text"
        className="min-h-0 flex-1 overflow-y-auto px-5 py-4"
      >
        {deleted ? (
          <DeletedNote sentence={passage.text} />
        ) : (
          <SourceText query={text} passage={passage} />
        )}
      </div>
    </>
  );
}

type SourceTextProps = { query: ReturnType<typeof useDocumentText>; passage: Passage };

function SourceText({ query: text, passage }: SourceTextProps) {
  if (text.error && !text.data) {
    return (
      <div className="space-y-4">
        <ProblemNotice problem={problemOf(text.error)} onRetry={() => void text.refetch()} />
        {passage.text && <blockquote className="font-serif text-read">{passage.text}</blockquote>}
      </div>
    );
  }
  if (!text.data) return <Loading label="Opening the source" />;
  const { highlight, moved } = locate(passage, text.data);
  return (
    <>
      {moved && <ChangedNote found={highlight !== null} sentence={passage.text} />}
      <DocumentBody document={text.data} highlight={highlight} />
    </>
  );
}

/** The API empties the texts of deleted documents; an answer still open in this tab may have its own. */
function DeletedNote({ sentence }: { sentence: string }) {
  return (
    <div role="note" className="space-y-4">
      <p className="rounded-md bg-warn-soft px-3 py-2 text-sm">
        {sentence === ''
          ? 'This document was deleted after the answer was given.'
          : 'This document was deleted after the answer was given; this is the sentence as it was:'}
      </p>
      {sentence !== '' && <blockquote className="font-serif text-read">{sentence}</blockquote>}
    </div>
  );
}

function ChangedNote({ found, sentence }: { found: boolean; sentence: string }) {
  return (
    <div role="note" className="mb-4 rounded-md bg-warn-soft px-3 py-2 text-sm">
      <p className="font-semibold text-warn">This document has changed since it was cited</p>
      <p>
        {found
          ? 'The sentence was found again and is highlighted.'
          : 'The cited sentence is no longer in it:'}
        {!found && <q className="font-serif">{sentence}</q>}
      </p>
    </div>
  );
}
