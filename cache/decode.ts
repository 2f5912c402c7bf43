/** Greedy decoding behind a blended prompt, one token a turn. */
import {
  createSampler,
  greedySampling,
  type DecoderRunner,
  type SequenceKv,
  type Tokenizer,
} from '../engine/index.ts';
import type { GenerateEvent, GenerateResult } from './service-types.ts';

export interface DecodeOptions {
  readonly runner: DecoderRunner;
  readonly tokenizer: Tokenizer;
  readonly promptTokens: number;
  /** Logits behind the prompt, [vocabSize]. */
  readonly logits: Float32Array;
  readonly maxTokens: number;
  /** Runs a step in its turn. Does not throw when cancelled: what is written so far is kept. */
  readonly turn: <T>(step: () => T) => Promise<T>;
  readonly lap: (part: 'sample' | 'decode') => void;
  readonly emit: (event: GenerateEvent) => void;
  readonly isCancelled: () => boolean;
}

type Written = Pick<GenerateResult, 'text' | 'tokens' | 'logprobs' | 'finish'>;

export async function decode(sequence: SequenceKv, options: DecodeOptions): Promise<Written> {
  const { runner, maxTokens, lap, isCancelled } = options;
  const sampler = createSampler(greedySampling);
  const stream = options.tokenizer.stream();
  const logprobs: number[] = [];
  let text = '';
  let { logits } = options;
  for (let n = 0; ; n++) {
    const { id, logProbability: logprob } = sampler.next(logits, []);
    logprobs.push(logprob);
    lap(n === 0 ? 'sample' : 'decode');
    const ended = runner.config.eosIds.includes(id);
    const cancelled = isCancelled();
    const last = ended || cancelled || n + 1 >= maxTokens;
    const delta = (ended ? '' : stream.push(id)) + (last ? stream.end() : '');
    text += delta;
    options.emit({ type: 'text', delta, logprob });
    if (last) {
      const finish = ended ? 'stop' : cancelled ? 'cancelled' : 'length';
      return { text, tokens: ended ? n : n + 1, logprobs, finish };
    }
    logits = await options.turn(() => nextLogits(sequence, id, options.promptTokens + n, runner));
  }
}

function nextLogits(
  sequence: SequenceKv,
  id: number,
  position: number,
  runner: DecoderRunner,
): Float32Array {
  const row = {
    sequence,
    tokens: Int32Array.of(id),
    positions: Int32Array.of(position),
    logits: 'last' as const,
  };
  return runner.step([row]).logits[0]!;
}
