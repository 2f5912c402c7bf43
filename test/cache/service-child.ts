/** Answers prompts from the KV that another process stored; see service.test.ts. */
import type { GenerateRequest } from '../../cache/index.ts';
import { openService } from './open-service.ts';

interface Job {
  readonly folder: string;
  readonly cacheDir: string;
  readonly prompts: readonly GenerateRequest[];
}

process.once('message', (job: Job) => void answer(job));

async function answer({ folder, cacheDir, prompts }: Job): Promise<void> {
  const { service } = openService({ folder, cacheDir });
  const answers: (readonly number[])[] = [];
  for (const prompt of prompts) {
    const call = { isCancelled: () => false, emit: () => undefined };
    const { logprobs, reuse } = await service.generate(prompt, call);
    if (reuse.cacheHits !== prompt.chunks.length) throw new Error('a chunk was not found');
    answers.push(logprobs);
  }
  process.send!(answers, () => process.disconnect());
}
