/** Files by drop or by choice, a web address, or a pasted text. */
import { ClipboardType, Link2, Upload } from 'lucide-react';
import { useRef, useState, type DragEvent } from 'react';
import type { Addition } from '../client/documents.ts';
import { Button } from '../parts/Button.tsx';
import { AddText, AddUrl } from './AddForms.tsx';

const extensions = ['.txt', '.md', '.html', '.pdf', '.docx', '.csv', '.json', '.epub'];

export function DropZone({ onAdd }: { onAdd: (additions: Addition[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const [form, setForm] = useState<'url' | 'text' | null>(null);
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    onAdd([...event.dataTransfer.files]);
  };
  return (
    <section
      aria-label="Add documents"
      onDragOver={(event) => (event.preventDefault(), setOver(true))}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
      className={`rounded-xl border-2 border-dashed px-4 py-4 ${over ? 'border-accent bg-accent-soft' : 'border-line-strong'}`}
    >
      <div className="flex flex-wrap items-center gap-x-4 gap-y-3">
        <div className="min-w-0 flex-1 basis-56">
          <p className="font-semibold">{over ? 'Let go to add' : 'Drop files here'}</p>
          <p className="text-xs text-muted">
            {extensions.map((extension) => extension.slice(1)).join(', ')}
          </p>
        </div>
        <div className="flex flex-wrap gap-2">
          <Button
            look="primary"
            icon={<Upload aria-hidden size={15} />}
            onClick={() => input.current?.click()}
          >
            Choose files
          </Button>
          <Button icon={<Link2 aria-hidden size={15} />} onClick={() => setForm('url')}>
            Add a URL
          </Button>
          <Button icon={<ClipboardType aria-hidden size={15} />} onClick={() => setForm('text')}>
            Paste text
          </Button>
        </div>
        <input
          ref={input}
          type="file"
          multiple
          aria-label="Files to add"
          tabIndex={-1}
          accept={extensions.join(',')}
          className="sr-only"
          onChange={(event) => {
            onAdd([...(event.target.files ?? [])]);
            event.target.value = '';
          }}
        />
      </div>
      {form === 'url' && (
        <AddUrl onAdd={(addition) => onAdd([addition])} onClose={() => setForm(null)} />
      )}
      {form === 'text' && (
        <AddText onAdd={(addition) => onAdd([addition])} onClose={() => setForm(null)} />
      )}
    </section>
  );
}
