/** An answer in Markdown: no raw HTML, no images, links that give nothing away; `[1]` becomes a citation. */
import { createContext, use, type ReactNode } from 'react';
import Markdown from 'react-markdown';
import { CitationButton } from './CitationButton.tsx';

type Node = { type: string; value?: string; url?: string; children?: Node[] };

const citationUrl = '#citation-';

/** Turns `[1]` in the text nodes of a Markdown tree into links that the page draws as citations. */
function linkCitations() {
  const visit = (node: Node): void => {
    node.children = node.children?.flatMap((child) => {
      if (child.type === 'text') return splitText(child.value ?? '');
      visit(child);
      return [child];
    });
  };
  return visit;
}

function splitText(text: string): Node[] {
  return text.split(/(\[\d+\])/).map((part): Node => {
    const index = /^\[(\d+)\]$/.exec(part)?.[1];
    if (!index) return { type: 'text', value: part };
    return {
      type: 'link',
      url: `${citationUrl}${index}`,
      children: [{ type: 'text', value: index }],
    };
  });
}

const CiteContext = createContext<(index: number) => void>(() => undefined);

function Anchor({ href = '', children }: { href?: string; children?: ReactNode }) {
  const onCite = use(CiteContext);
  if (href.startsWith(citationUrl)) {
    return <CitationButton index={Number(href.slice(citationUrl.length))} onCite={onCite} />;
  }
  return (
    <a
      href={href}
      rel="noopener noreferrer nofollow"
      target="_blank"
      className="text-accent underline"
    >
      {children}
    </a>
  );
}

const look =
  'space-y-3 [&_code]:font-mono [&_code]:text-[0.9em] [&_li]:my-1 [&_ol]:list-decimal [&_ol]:pl-6 [&_pre]:overflow-x-auto [&_pre]:rounded-md [&_pre]:bg-sunken [&_pre]:p-3 [&_ul]:list-disc [&_ul]:pl-6';

type MarkdownTextProps = { text: string; onCite: (index: number) => void };

export default function MarkdownText({ text, onCite }: MarkdownTextProps) {
  return (
    <CiteContext value={onCite}>
      <div className={look}>
        <Markdown
          skipHtml
          disallowedElements={['img']}
          remarkPlugins={[linkCitations]}
          components={{ a: Anchor }}
        >
          {text}
        </Markdown>
      </div>
    </CiteContext>
  );
}
