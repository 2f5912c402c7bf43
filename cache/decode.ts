/** Greedy decoding behind a blended prompt, one token a turn. */
import {
  createSampler,
  greedySampling,
  stopAt,
  topLogProbabilities,
  type Constraint,
  type DecoderRunner,
  type SamplingOptions,
  type SequenceKv,
  type Stepper,
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
  /** Must not throw when cancelled: what is written so far is kept. */
  readonly step: Stepper;
  readonly lap: (part: 'sample' | 'decode') => void;
  readonly emit: (event: GenerateEvent) => void;
  readonly isCancelled: () => boolean;
  /** Default: greedy. */
  readonly sampling?: Partial<SamplingOptions>;
  /** Prompt tokens; the repetition penalty counts them, too. */
  readonly history?: Iterable<number>;
  readonly topLogprobs?: number;
  /** The text ends before the first of them. */
  readonly stop?: readonly string[];
  /** Holds the text to a form. */
  readonly constraint?: Constraint;
}

type Written = Pick<GenerateResult, 'text' | 'tokens' | 'tokenIds' | 'logprobs' | 'finish'>;

export async function decode(sequence: SequenceKv, options: DecodeOptions): Promise<Written> {
  const { runner, maxTokens, lap, isCancelled, constraint } = options;
  const sampler = createSampler({ ...greedySampling, ...options.sampling });
  const seen = new Set(options.history);
  const stops = stopAt(options.stop ?? []);
  const stream = options.tokenizer.stream();
  const tokenIds: number[] = [];
  const logprobs: number[] = [];
  let text = '';
  let { logits } = options;
  for (let n = 0; ; n++) {
    const { id, logProbability: logprob } = sampler.next(
      constraint?.mask(logits, maxTokens - n) ?? logits,
      seen,
    );
    seen.add(id);
    const top = options.topLogprobs && topLogProbabilities(logits, options.topLogprobs);
    constraint?.accept(id);
    tokenIds.push(id);
    logprobs.push(logprob);
    lap(n === 0 ? 'sample' : 'decode');
    const ended = runner.config.eosIds.includes(id);
    const cancelled = isCancelled();
    const complete = constraint?.isComplete ?? false;
    const atLimit = ended || cancelled || complete || n + 1 >= maxTokens;
    const written = (ended ? '' : stream.push(id)) + (atLimit ? stream.end() : '');
    const shown = stops.push(written);
    const last = atLimit || stops.isStopped;
    const delta = last ? shown + stops.end() : shown;
    text += delta;
    options.emit({ type: 'text', delta, logprob, ...(top && { top }) });
    if (last) {
      const finish =
        ended || complete || stops.isStopped ? 'stop' : cancelled ? 'cancelled' : 'length';
      return { text, tokens: ended ? n : n + 1, tokenIds, logprobs, finish };
    }
    logits = await nextLogits(sequence, id, options.promptTokens + n, options.step);
  }
}

async function nextLogits(
  sequence: SequenceKv,
  id: number,
  position: number,
  step: Stepper,
): Promise<Float32Array> {
  const row = {
    sequence,
    tokens: Int32Array.of(id),
    positions: Int32Array.of(position),
    logits: 'last' as const,
  };
  return (await step([row])).logits[0]!;
}
