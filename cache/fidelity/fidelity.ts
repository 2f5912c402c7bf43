/** What keeps blended answers near those of a full read: the self-test at load, and the samples of live answers. */
import type { DecoderRunner, Serving, Tokenizer } from '../../engine/index.ts';
import type { BlendBudget } from '../blender.ts';
import { computePrefix } from '../chunk-encoder.ts';
import { kvCodec } from '../codecs/index.ts';
import { promptTemplate } from '../prompt.ts';
import type { BlendMode, GenerateRequest } from '../service-types.ts';
import { FidelityControl, type FidelityOptions, type FidelityStats } from './control.ts';
import { selfTest, type SelfTest, type SelfTestParts } from './self-test.ts';
import { compareWithFullRead, type ShadowSample } from './shadow.ts';

/** What each mode stands for; measured in docs/benchmarks.md. */
const MODES: Readonly<Record<BlendMode, BlendBudget>> = {
  fast: { policy: 'graph', share: 0.05 },
  balanced: { policy: 'graph', share: 0.15 },
  exact: { policy: 'full', share: 1 },
};

/** Samples that wait: under a steady load they would pile up, each with the KV of a whole prompt to come. */
const MOST_WAITING = 2;

export interface FidelityReport extends FidelityStats {
  readonly mayBlend: boolean;
  /** Comparisons that could not be made. */
  readonly failures: number;
  /** Why not. */
  readonly refusal: string | undefined;
}

/** The self-test of balanced mode, with keys and values as they are usually stored. */
export function testBlending(runner: DecoderRunner, tokenizer: Tokenizer): Promise<SelfTest> {
  const template = promptTemplate(tokenizer);
  const prefix = computePrefix(runner, template.prefixIds);
  const codec = kvCodec('fp16');
  return selfTest({ runner, tokenizer, template, prefix, codec, budget: MODES.balanced });
}

export class Fidelity {
  readonly #runner: DecoderRunner;
  readonly #serving: Serving;
  readonly #control: FidelityControl;
  #waiting = 0;
  #failures = 0;
  #selfTest: SelfTest | undefined;

  constructor(runner: DecoderRunner, serving: Serving, options: FidelityOptions) {
    this.#runner = runner;
    this.#serving = serving;
    this.#control = new FidelityControl(options);
  }

  /** Until it has run, blending is allowed. */
  async test(parts: Omit<SelfTestParts, 'budget'>): Promise<SelfTest> {
    this.#selfTest = await selfTest({ ...parts, budget: MODES.balanced });
    return this.#selfTest;
  }

  budget({ mode, budget }: Pick<GenerateRequest, 'mode' | 'budget'>): BlendBudget {
    if (budget) return budget;
    if (this.#selfTest?.mayBlend === false) return MODES.exact;
    return this.#control.budget(mode, MODES[mode]);
  }

  /** Now and then, compares an answer with a full read, when nothing else is to be done. */
  consider(request: Pick<GenerateRequest, 'mode' | 'budget'>, sample: ShadowSample): void {
    const isBlended = request.mode !== 'exact' && !request.budget && sample.tokenIds.length > 0;
    if (!isBlended || this.#waiting >= MOST_WAITING || !this.#control.draws()) return;
    this.#waiting++;
    compareWithFullRead(this.#runner.config, sample, this.#serving)
      .then((finding) => this.#control.note(request.mode, finding))
      // The answer has been given: a comparison that fails costs only itself, and is counted.
      .catch(() => this.#failures++)
      .finally(() => this.#waiting--);
  }

  report(): FidelityReport {
    const { mayBlend = true, reason } = this.#selfTest ?? {};
    return { ...this.#control.stats(MODES), mayBlend, failures: this.#failures, refusal: reason };
  }
}
