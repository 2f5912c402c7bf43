/** Says no at once where a late yes would be of no use. */
import { DeadlineError, OverloadedError } from './errors.ts';
import type { Admission, AdmissionRequest, ServingLimits } from './types.ts';

export class AdmissionControl {
  readonly #limits: Pick<ServingLimits, 'requests' | 'prefillTokens'>;
  /** Expected milliseconds for so many prefill tokens; undefined before the first measurement. */
  readonly #expectedMs: (tokens: number) => number | undefined;
  #requests = 0;
  #waitingTokens = 0;
  #refused = 0;

  constructor(
    limits: Pick<ServingLimits, 'requests' | 'prefillTokens'>,
    expectedMs: (tokens: number) => number | undefined,
  ) {
    this.#limits = limits;
    this.#expectedMs = expectedMs;
  }

  get requests(): number {
    return this.#requests;
  }

  get waitingTokens(): number {
    return this.#waitingTokens;
  }

  get refused(): number {
    return this.#refused;
  }

  /** Throws OverloadedError and DeadlineError. */
  admit(request: AdmissionRequest): Admission {
    const refusal = this.#refusal(request);
    if (refusal) {
      this.#refused++;
      throw refusal;
    }
    return this.#letIn(request.prefillTokens);
  }

  #refusal({ prefillTokens, firstTokenWithinMs = Infinity }: AdmissionRequest): Error | undefined {
    const { requests, prefillTokens: mostTokens } = this.#limits;
    if (this.#requests >= requests) {
      return new OverloadedError(`${this.#requests} requests are open`, requests);
    }
    const tokens = this.#waitingTokens + prefillTokens;
    if (this.#waitingTokens > 0 && tokens > mostTokens) {
      return new OverloadedError(`${tokens} tokens would wait to be read`, mostTokens);
    }
    const expected = this.#expectedMs(tokens) ?? 0;
    return expected > firstTokenWithinMs
      ? new DeadlineError(expected, firstTokenWithinMs)
      : undefined;
  }

  #letIn(tokens: number): Admission {
    this.#requests++;
    this.#waitingTokens += tokens;
    let waiting = true;
    let open = true;
    const started = (): void => {
      if (waiting) this.#waitingTokens -= tokens;
      waiting = false;
    };
    return {
      started,
      ended: () => {
        started();
        if (open) this.#requests--;
        open = false;
      },
    };
  }
}
