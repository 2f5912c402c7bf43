/** Forms that a reader's output is held to; their automata are kept for the next request. */
import {
  FormatConstraints,
  vocabularyOf,
  type Constraint,
  type DecoderRunner,
  type OutputFormat,
  type Tokenizer,
  type Vocabulary,
} from '../../engine/index.ts';
import { UnsupportedFormatError } from '../errors.ts';

/** Forms whose automata are kept; each takes some megabytes once it was used. */
const MAX_FORMATS = 16;

export class OutputForms {
  readonly #runner: DecoderRunner;
  readonly #tokenizer: Tokenizer;
  readonly #formats = new Map<string, FormatConstraints>();
  #vocabulary: Vocabulary | undefined;

  constructor(runner: DecoderRunner, tokenizer: Tokenizer) {
    this.#runner = runner;
    this.#tokenizer = tokenizer;
  }

  /** Throws UnsupportedFormatError where the reader cannot be held to a form, or not within so few tokens. */
  begin(format: OutputFormat, maxTokens: number): Constraint {
    try {
      return this.#constraints(format).begin(maxTokens);
    } catch (error) {
      if (error instanceof RangeError) throw new UnsupportedFormatError(error.message);
      throw error;
    }
  }

  #constraints(format: OutputFormat): FormatConstraints {
    const key = JSON.stringify(format);
    const known = this.#formats.get(key);
    if (known) return known;
    const made = new FormatConstraints(format, this.#words(), this.#runner.config.eosIds);
    if (this.#formats.size >= MAX_FORMATS) this.#formats.clear();
    this.#formats.set(key, made);
    return made;
  }

  #words(): Vocabulary {
    if (this.#vocabulary) return this.#vocabulary;
    const bytes = this.#tokenizer.tokenBytes?.();
    if (!bytes) throw new UnsupportedFormatError('its tokens do not spell text byte by byte');
    return (this.#vocabulary = vocabularyOf(bytes));
  }
}
