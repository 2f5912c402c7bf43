/** Greedy decoding behind a blended prompt, one token a turn. */
import {
  createSampler,
  greedySampling,
  type Constraint,
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
  /** Holds the text to a form. */
  readonly constraint?: Constraint;
}

type Written = Pick<GenerateResult, 'text' | 'tokens' | 'tokenIds' | 'logprobs' | 'finish'>;

export async function decode(sequence: SequenceKv, options: DecodeOptions): Promise<Written> {
  const { runner, maxTokens, lap, isCancelled, constraint } = options;
  const sampler = createSampler(greedySampling);
  const stream = options.tokenizer.stream();
  const tokenIds: number[] = [];
  const logprobs: number[] = [];
  let text = '';
  let { logits } = options;
  for (let n = 0; ; n++) {
    const { id, logProbability: logprob } = sampler.next(
      constraint?.mask(logits, maxTokens - n) ?? logits,
      [],
    );
    constraint?.accept(id);
    tokenIds.push(id);
    logprobs.push(logprob);
    lap(n === 0 ? 'sample' : 'decode');
    const ended = runner.config.eosIds.includes(id);
    const cancelled = isCancelled();
    const complete = constraint?.isComplete ?? false;
    const last = ended || cancelled || complete || n + 1 >= maxTokens;
    const delta = (ended ? '' : stream.push(id)) + (last ? stream.end() : '');
    text += delta;
    options.emit({ type: 'text', delta, logprob });
    if (last) {
      const finish = ended || complete ? 'stop' : cancelled ? 'cancelled' : 'length';
      return { text, tokens: ended ? n : n + 1, tokenIds, logprobs, finish };
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
