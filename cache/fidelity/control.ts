/**
 * Holds a set fidelity: while full reads of live answers agree less than wanted, more rows are recomputed; when they
 * agree well, the budget falls back to what the mode stands for, never below.
 */
import type { BlendBudget } from '../blender.ts';
import type { BlendMode } from '../service-types.ts';
import type { ShadowFinding } from './shadow.ts';

export interface FidelityStats {
  readonly samples: number;
  /** Running means over recent samples; undefined before the first. */
  readonly agreement: number | undefined;
  readonly firstTokenKl: number | undefined;
  /** What each blending mode recomputes now, share of the cached rows. */
  readonly budgets: Readonly<Record<string, number>>;
}

export interface FidelityOptions {
  /** Share of blended answers that are compared with a full read, 0..1. */
  readonly sampled: number;
  /** Wanted share of equal tokens, 0..1. */
  readonly wanted: number;
  /** 0..1 */
  readonly random: () => number;
}

/** Weight of the newest sample in the running means. */
const NEWEST = 0.2;
const RAISE = 1.3;
const LOWER = 0.93;
/** As much as four times the mode's share; beyond, a full read is the better way. */
const MOST = 4;
/** Below this many samples a mean says little. */
const ENOUGH = 3;

interface ModeState {
  factor: number;
  samples: number;
  agreement: number;
}

export class FidelityControl {
  readonly #options: FidelityOptions;
  readonly #modes = new Map<BlendMode, ModeState>();
  #samples = 0;
  #agreement: number | undefined;
  #firstTokenKl: number | undefined;

  constructor(options: FidelityOptions) {
    this.#options = options;
  }

  /** Whether the next blended answer is to be compared. */
  draws(): boolean {
    return this.#options.sampled > 0 && this.#options.random() < this.#options.sampled;
  }

  /** What `mode` recomputes now, given what it stands for. */
  budget(mode: BlendMode, base: BlendBudget): BlendBudget {
    const factor = this.#modes.get(mode)?.factor ?? 1;
    return factor === 1 ? base : { ...base, share: Math.min(1, base.share * factor) };
  }

  note(mode: BlendMode, { agreement, firstTokenKl }: ShadowFinding): void {
    this.#samples++;
    this.#agreement = mixed(this.#agreement, agreement);
    this.#firstTokenKl = mixed(this.#firstTokenKl, firstTokenKl);
    const state = this.#modes.get(mode) ?? { factor: 1, samples: 0, agreement };
    state.samples++;
    state.agreement = mixed(state.agreement, agreement);
    if (state.samples >= ENOUGH) {
      const change = state.agreement < this.#options.wanted ? RAISE : LOWER;
      state.factor = Math.min(MOST, Math.max(1, state.factor * change));
    }
    this.#modes.set(mode, state);
  }

  stats(bases: Readonly<Record<string, BlendBudget>>): FidelityStats {
    const budgets = Object.entries(bases).map(([mode, base]) => [
      mode,
      this.budget(mode as BlendMode, base).share,
    ]);
    return {
      samples: this.#samples,
      agreement: this.#agreement,
      firstTokenKl: this.#firstTokenKl,
      budgets: Object.fromEntries(budgets) as Record<string, number>,
    };
  }
}

function mixed(known: number | undefined, newest: number): number {
  return known === undefined ? newest : (1 - NEWEST) * known + NEWEST * newest;
}
