/** Entry point of the parser process; see `parse-in-child.ts`. */

import { readFile, stat } from 'node:fs/promises';
import { parseDocument, tooLarge } from './parse-document.ts';
import { serveParser } from './serve-child.ts';

serveParser(async ({ request, limits }) => {
  const { size } = await stat(request.path);
  if (size > limits.maxBytes) throw tooLarge(request.name, size, limits.maxBytes);
  return await parseDocument(await readFile(request.path), request, limits);
});
