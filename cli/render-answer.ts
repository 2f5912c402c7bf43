/** An answer on the terminal: text, citations, the path through the graph, and where the time went. */
import type { Answer } from '../api/index.ts';
import { bold, cyan, dim, milliseconds, print } from './terminal.ts';

export function printAnswer(answer: Answer): void {
  if (answer.kind === 'none') {
    print(bold('The documents do not say.'));
    print(dim('Nearest passages:'));
    for (const passage of answer.context.slice(0, 3)) {
      print(`  ${dim('·')} ${passage.document_title}: ${firstLine(passage.text)}`);
    }
    return;
  }
  if (answer.kind === 'extractive')
    print(dim('Quoted from the sources (the reader was not sure enough):'));
  print(bold(answer.text));
  printEvidence(answer);
}

export function printEvidence(answer: Answer): void {
  print();
  for (const citation of answer.citations) {
    const page = citation.page === null ? '' : `, page ${citation.page}`;
    const place = `${citation.document_title}${page}, characters ${citation.span.start}-${citation.span.end}`;
    print(`${cyan(`[${citation.index}]`)} ${firstLine(citation.text)} ${dim(`(${place})`)}`);
  }
  for (const path of answer.paths) {
    print(`${dim('path')} ${path.steps.map((step) => step.label).join(dim(' → '))}`);
  }
  printTimings(answer);
}

function printTimings({ timings_ms: timings, reuse }: Answer): void {
  if (!timings || !reuse) return;
  const parts = [
    `embed ${milliseconds(timings.embed)}`,
    `retrieval ${milliseconds(timings.retrieval)}`,
    `KV load ${milliseconds(timings.kv_load)}`,
    `selection ${milliseconds(timings.selection)}`,
    `recompute ${milliseconds(timings.recompute)}`,
  ];
  print(dim(`first token ${milliseconds(timings.first_token)} (${parts.join(', ')})`));
  print(
    dim(
      `${reuse.prompt_tokens} prompt tokens: ${reuse.cached_tokens} reused, ` +
        `${reuse.recomputed_tokens} recomputed, ${reuse.fresh_tokens} fresh; policy ${reuse.policy}`,
    ),
  );
}

function firstLine(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 200 ? `${line.slice(0, 197)}…` : line;
}
