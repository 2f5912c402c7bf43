/** One document: its text with chunk borders, beside its chunks and facts. `?start=&end=` highlights a passage. */
import { Tabs } from 'radix-ui';
import { useState } from 'react';
import { useParams, useSearchParams } from 'react-router';
import type { Chunk, Document, Span } from '../../api/contract/index.ts';
import { useChunks, useDocument, useDocumentText } from '../client/documents.ts';
import { Loaded } from '../parts/states.tsx';
import { useMedia } from '../parts/use-media.ts';
import { DocumentBody } from '../reading/DocumentBody.tsx';
import { useTitle } from '../shell/use-title.ts';
import { useWorkspaceId } from '../shell/use-workspace-id.ts';
import { ChunkList } from './ChunkList.tsx';
import { DocumentFacts } from './DocumentFacts.tsx';
import { DocumentHeader } from './DocumentHeader.tsx';

export default function DocumentPage() {
  const { documentId = '' } = useParams();
  const document = useDocument(useWorkspaceId(), documentId);
  useTitle(document.data?.title);
  return (
    <div className="mx-auto flex max-w-[84rem] flex-col px-4 pt-5 lg:h-full">
      <Loaded query={document} label="Opening the document">
        {(data) => (
          <>
            <DocumentHeader document={data} />
            <Content document={data} />
          </>
        )}
      </Loaded>
    </div>
  );
}

function spanInUrl(params: URLSearchParams): Span | null {
  const start = Number(params.get('start') ?? Number.NaN);
  const end = Number(params.get('end') ?? Number.NaN);
  return Number.isInteger(start) && Number.isInteger(end) && start >= 0 && end > start
    ? { start, end }
    : null;
}

function Content({ document }: { document: Document }) {
  const wide = useMedia('(min-width: 64rem)');
  const [tab, setTab] = useState('text');
  const [params, setParams] = useSearchParams();
  const chunks = useChunks(document.workspace_id, document.id);
  const span = spanInUrl(params);
  const show = ({ start, end }: Span) => {
    setParams({ start: String(start), end: String(end) }, { replace: true });
    setTab('text');
  };
  const text = <Text document={document} span={span} chunks={chunks.data ?? []} />;
  const shownTab = wide && tab === 'text' ? 'chunks' : tab;
  return (
    <div className="mt-4 min-h-0 flex-1 border-t border-line lg:grid lg:grid-cols-[minmax(0,1fr)_24rem]">
      {wide && (
        <section aria-label="Text" tabIndex={0} className="min-h-0 overflow-y-auto py-5 pr-8">
          {text}
        </section>
      )}
      <Tabs.Root
        value={shownTab}
        onValueChange={setTab}
        className="flex min-h-0 flex-col lg:border-l lg:border-line"
      >
        <Tabs.List aria-label="Parts of the document" className="flex border-b border-line lg:pl-4">
          {!wide && <Tab value="text">Text</Tab>}
          <Tab value="chunks">Chunks</Tab>
          <Tab value="facts">Facts</Tab>
        </Tabs.List>
        {!wide && (
          <Tabs.Content value="text" className="py-4">
            {text}
          </Tabs.Content>
        )}
        <Tabs.Content value="chunks" className="min-h-0 flex-1 overflow-y-auto lg:pl-4">
          <Loaded query={chunks} label="Loading the chunks">
            {(data) => <ChunkList chunks={data} shown={span} onShow={show} />}
          </Loaded>
        </Tabs.Content>
        <Tabs.Content value="facts" className="min-h-0 flex-1 overflow-y-auto lg:pl-4">
          <DocumentFacts document={document} onShow={show} />
        </Tabs.Content>
      </Tabs.Root>
    </div>
  );
}

function Tab({ value, children }: { value: string; children: string }) {
  return (
    <Tabs.Trigger
      value={value}
      className="-mb-px border-b-2 border-transparent px-3 py-2 text-muted data-[state=active]:border-accent data-[state=active]:font-semibold data-[state=active]:text-ink"
    >
      {children}
    </Tabs.Trigger>
  );
}

function Text({
  document,
  span,
  chunks,
}: {
  document: Document;
  span: Span | null;
  chunks: Chunk[];
}) {
  const text = useDocumentText(document.workspace_id, document.id);
  const borders = chunks.map((chunk, index) => ({
    at: chunk.span.start,
    label: String(index + 1),
  }));
  return (
    <Loaded query={text} label="Loading the text">
      {(data) => (
        <div className="max-w-[44rem]">
          <DocumentBody
            document={data}
            highlight={span && { sentence: span, emphasis: null }}
            borders={borders}
          />
        </div>
      )}
    </Loaded>
  );
}
