/** What the source panel shows, as the URL names it: `?cite=2`, `?step=0.1` (path, step) or `?chunk=id`. */
import type { Answer, Citation, ContextChunk, PathStep } from '../../api/contract/index.ts';
import type { Passage } from '../reading/locate.ts';

export function passageInUrl(answer: Answer, params: URLSearchParams): Passage | null {
  const cite = params.get('cite');
  const step = params.get('step');
  const chunk = params.get('chunk');
  if (cite) return ofCitation(answer.citations.find((citation) => String(citation.index) === cite));
  if (step) {
    const [path = -1, at = -1] = step.split('.').map(Number);
    return ofStep(answer.paths[path]?.steps[at]);
  }
  return chunk ? ofChunk(answer.context.find((context) => context.chunk_id === chunk)) : null;
}

function ofCitation(citation: Citation | undefined): Passage | null {
  if (!citation) return null;
  const { document_id, document_title, document_version, span, answer_span, text } = citation;
  return {
    documentId: document_id,
    title: document_title,
    version: document_version,
    span,
    emphasis: answer_span,
    text,
  };
}

function ofStep(step: PathStep | undefined): Passage | null {
  if (!step?.document_id) return null;
  const { document_id, document_title, span, text } = step;
  return {
    documentId: document_id,
    title: document_title ?? '',
    version: null,
    span,
    emphasis: null,
    text: text ?? '',
  };
}

function ofChunk(chunk: ContextChunk | undefined): Passage | null {
  if (!chunk) return null;
  const { document_id, document_title, span, text } = chunk;
  return {
    documentId: document_id,
    title: document_title,
    version: null,
    span,
    emphasis: null,
    text,
  };
}
