/** Additions on their way to the server, a few at a time. Once accepted, a document is the list's own. */
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import type { Problem } from '../../api/contract/index.ts';
import { addDocument, type Addition } from '../client/documents.ts';
import { problemOf } from '../client/problem.ts';

export type Upload = {
  key: number;
  label: string;
  addition: Addition;
  state: 'waiting' | 'sending' | 'refused' | 'unchanged';
  problem: Problem | null;
};

const maxAtOnce = 2;

function labelOf(addition: Addition): string {
  if (addition instanceof File) return addition.name;
  return 'url' in addition ? addition.url : addition.name;
}

export function useUploads(workspaceId: string) {
  const client = useQueryClient();
  const [uploads, setUploads] = useState<Upload[]>([]);
  const nextKey = useRef(0);

  const change = (key: number, part: Partial<Upload>) =>
    setUploads((all) =>
      all.map((upload) => (upload.key === key ? { ...upload, ...part } : upload)),
    );
  const dismiss = (key: number) => setUploads((all) => all.filter((upload) => upload.key !== key));

  const sendOne = async ({ key, addition }: Upload) => {
    try {
      const { outcome } = await addDocument(workspaceId, addition);
      if (outcome === 'unchanged') change(key, { state: 'unchanged' });
      else dismiss(key);
    } catch (error) {
      change(key, { state: 'refused', problem: problemOf(error) });
    }
    await client.invalidateQueries({ queryKey: ['jobs', workspaceId] });
    await client.invalidateQueries({ queryKey: ['documents', workspaceId] });
  };

  const sending = uploads.filter((upload) => upload.state === 'sending').length;
  const next =
    sending < maxAtOnce ? uploads.find((upload) => upload.state === 'waiting') : undefined;
  useEffect(() => {
    if (!next) return;
    change(next.key, { state: 'sending' });
    void sendOne(next);
    // oxlint-disable-next-line react/exhaustive-deps -- one run for each upload that comes up
  }, [next?.key]);

  const add = (additions: Addition[]) =>
    setUploads((all) => [
      ...all,
      ...additions.map((addition): Upload => {
        return {
          key: nextKey.current++,
          label: labelOf(addition),
          addition,
          state: 'waiting',
          problem: null,
        };
      }),
    ]);
  return {
    uploads,
    add,
    dismiss,
    retry: (key: number) => change(key, { state: 'waiting', problem: null }),
  };
}
