/** Questions a workspace can answer: written ones for the sample, else made from its best-supported facts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Platform } from './platform.ts';
import { readSampleMarker, sampleFolder } from './sample.ts';

const SHOWN = 3;

export async function sampleQuestions(platform: Platform, workspaceId: string): Promise<string[]> {
  if (readSampleMarker(platform.config.home)?.workspaceId === workspaceId)
    return writtenQuestions();
  const { graph } = platform.stores;
  const { data } = await graph.entities(workspaceId, {}, { limit: 50 });
  return data
    .filter((entity) => entity.factCount > 0 && !['date', 'quantity'].includes(entity.type))
    .slice(0, SHOWN)
    .map((entity) => `What is known about ${entity.name}?`);
}

interface WrittenQuestion {
  readonly question: string;
  readonly hops: number;
}

/** Two that need facts of several documents, one that does not. */
function writtenQuestions(): string[] {
  const text = readFileSync(join(sampleFolder(), 'questions.json'), 'utf8');
  const questions = JSON.parse(text) as WrittenQuestion[];
  const linked = questions.filter((each) => each.hops > 1).slice(0, SHOWN - 1);
  const plain = questions.filter((each) => each.hops === 1).slice(0, 1);
  return [...linked, ...plain].map((each) => each.question);
}
