import { Link } from 'react-router';
import type { Document, Fact, Span } from '../../api/contract/index.ts';
import { useDocumentFacts } from '../client/graph.ts';
import { Empty, Loaded } from '../parts/states.tsx';
import { FactLine } from '../graph/FactLine.tsx';

type DocumentFactsProps = { document: Document; onShow: (span: Span) => void };

/** The facts this document supports, each with its sentence. */
export function DocumentFacts({ document, onShow }: DocumentFactsProps) {
  const facts = useDocumentFacts(document.workspace_id, document.id);
  return (
    <Loaded query={facts} label="Loading the facts">
      {(page) => (
        <div className="py-2">
          {page.data.length === 0 && <Empty title="No facts were found in this document" />}
          <ul className="divide-y divide-line">
            {page.data.map((fact) => (
              <li key={fact.id} className="px-2 py-2.5">
                <FactLine fact={fact} />
                <Sentences fact={fact} document={document} onShow={onShow} />
              </li>
            ))}
          </ul>
          {page.has_more && (
            <p className="px-2 py-2 text-muted">
              Only the first {page.data.length} are listed;{' '}
              <Link className="text-accent underline" to={`/w/${document.workspace_id}/graph`}>
                search the graph
              </Link>{' '}
              for more.
            </p>
          )}
        </div>
      )}
    </Loaded>
  );
}

function Sentences({ fact, document, onShow }: { fact: Fact } & DocumentFactsProps) {
  const here = fact.support.filter((support) => support.document_id === document.id);
  return here.map((support) => (
    <button
      key={support.sentence.start}
      type="button"
      onClick={() => onShow(support.sentence)}
      className="mt-1 block w-full text-left font-serif text-[0.9375rem] leading-6 text-muted hover:text-ink hover:underline"
    >
      {support.sentence_text}
    </button>
  ));
}
