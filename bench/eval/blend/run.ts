/** `graphblend eval blend`: one policy and budget on any question set. */
import { writeFileSync } from 'node:fs';
import type { KvCodecName, PolicyName } from '../../../cache/index.ts';
import type { WeightKind } from '../../../engine/index.ts';
import { reportOrigin } from '../../report.ts';
import { readReaderSet } from '../reader/question-file.ts';
import { withEngine } from './engine.ts';
import { compare, type Compared } from './measure.ts';
import { shown, summarise } from './summary.ts';

export interface BlendEvalOptions {
  readonly data: string;
  readonly model?: string;
  readonly policy: PolicyName;
  /** 0..1 */
  readonly budget: number;
  readonly codec: KvCodecName;
  readonly weights: WeightKind;
  readonly limit?: number;
  readonly json?: string;
}

/** Throws ReaderSetError, and what loading a model throws. */
export async function evalBlend(options: BlendEvalOptions): Promise<void> {
  const questions = readReaderSet(options.data).slice(0, options.limit);
  const budget = { policy: options.policy, share: options.budget };
  await withEngine(options, async (client) => {
    const all: Compared[] = [];
    for await (const [compared] of compare(client, questions, [budget])) {
      all.push(compared!);
      progress(all.length, questions.length);
    }
    const summary = summarise(all);
    console.table(
      Object.fromEntries(Object.entries(shown(summary)).map(([name, value]) => [name, { value }])),
    );
    if (!options.json) return;
    const { model } = options;
    const report = { ...reportOrigin(0), data: options.data, model: model ?? 'bundled', ...budget };
    const body = {
      ...report,
      codec: options.codec,
      reader: client.info.reader,
      summary,
      questions: all,
    };
    writeFileSync(options.json, `${JSON.stringify(body, undefined, 1)}\n`);
  });
}

function progress(done: number, total: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${done}/${total}${done === total ? '\n' : ''}`);
}
