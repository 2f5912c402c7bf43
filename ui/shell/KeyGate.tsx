/** Asks for an API key once the server has answered 401. The key stays in this tab. */
import { useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent, type ReactNode } from 'react';
import { hasKey, keepKey, useKeyWanted } from '../client/key.ts';
import { Button } from '../parts/Button.tsx';

export function KeyGate({ children }: { children: ReactNode }) {
  return useKeyWanted() ? <KeyForm /> : children;
}

function KeyForm() {
  const client = useQueryClient();
  const [key, setKey] = useState('');
  const [refused] = useState(hasKey);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    client.clear();
    keepKey(key.trim());
  };
  return (
    <main className="mx-auto max-w-md p-6 pt-[16vh]">
      <h1 className="text-xl font-semibold">This server asks for an API key</h1>
      <p className="mt-1 text-muted">
        Whoever runs the server can give you one. It is kept in this tab only and forgotten when you
        close it.
      </p>
      <form onSubmit={submit} className="mt-4 flex flex-wrap items-end gap-2">
        <label className="min-w-0 flex-1 basis-56">
          <span className="mb-1 block font-semibold">API key</span>
          <input
            type="password"
            required
            autoFocus
            autoComplete="off"
            value={key}
            onChange={(event) => setKey(event.target.value)}
            className="w-full rounded-md border border-line-strong bg-surface px-3 py-1.5 font-mono"
          />
        </label>
        {refused && (
          <p role="alert" className="basis-full text-danger">
            The server does not know the key it was given.
          </p>
        )}
        <Button type="submit" look="primary" className="min-h-9">
          Use this key
        </Button>
      </form>
    </main>
  );
}
