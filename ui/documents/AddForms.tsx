import { useState, type FormEvent } from 'react';
import type { DocumentCreate } from '../../api/contract/index.ts';
import { Button } from '../parts/Button.tsx';
import { Dialog } from '../parts/Dialog.tsx';

type AddFormProps = { onAdd: (addition: DocumentCreate) => void; onClose: () => void };

const field = 'w-full rounded-md border border-line-strong bg-surface px-3 py-1.5';

export function AddUrl({ onAdd, onClose }: AddFormProps) {
  const [url, setUrl] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onAdd({ url: url.trim() });
    onClose();
  };
  return (
    <Dialog title="Add a page from the web" onClose={onClose}>
      <form onSubmit={submit} className="space-y-4">
        <label className="block">
          <span className="mb-1 block font-semibold">URL</span>
          <input
            type="url"
            required
            autoFocus
            pattern="https?://.*"
            placeholder="https://"
            value={url}
            onChange={(event) => setUrl(event.target.value)}
            className={field}
          />
          <span className="mt-1 block text-xs text-muted">
            The server fetches the page once and keeps its text.
          </span>
        </label>
        <Button type="submit" look="primary">
          Add this page
        </Button>
      </form>
    </Dialog>
  );
}

export function AddText({ onAdd, onClose }: AddFormProps) {
  const [name, setName] = useState('');
  const [text, setText] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onAdd({ name: name.trim(), text });
    onClose();
  };
  return (
    <Dialog title="Paste a text" onClose={onClose}>
      <form onSubmit={submit} className="space-y-4">
        <label className="block">
          <span className="mb-1 block font-semibold">Name</span>
          <input
            required
            autoFocus
            maxLength={255}
            value={name}
            onChange={(event) => setName(event.target.value)}
            className={field}
          />
        </label>
        <label className="block">
          <span className="mb-1 block font-semibold">Text</span>
          <textarea
            required
            rows={9}
            value={text}
            onChange={(event) => setText(event.target.value)}
            className={`${field} font-serif`}
          />
        </label>
        <Button type="submit" look="primary" disabled={name.trim() === '' || text.trim() === ''}>
          Add this text
        </Button>
      </form>
    </Dialog>
  );
}
