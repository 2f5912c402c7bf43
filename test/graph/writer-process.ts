/** Run as a process of its own: `writer-process.ts <home> <workspace id> <name> <documents>`. */
import { openStores } from '../../graph/index.ts';
import { ingest, remove } from './ingesting.ts';

const [home, workspaceId, name, documents] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
];
const stores = openStores({ home });
for (let i = 0; i < Number(documents); i++) {
  const { documentId } = ingest(stores.corpus, workspaceId, `${name} ${i}`, 'T', [
    `${name} says ${i}`,
    `shared words ${name} ${i}`,
  ]);
  if (i % 4 === 3) remove(stores.corpus, workspaceId, documentId);
}
await stores.close();
