/**
 * Reads an upload in a process of its own: whatever a hostile or broken file does there (endless loop,
 * memory, native crash) ends as a ParseError here. A few warm processes are kept, because starting Node and
 * loading a parser takes 0.3-1 s.
 */

import type { ParsedDocument } from '../../graph/index.ts';
import { ParserProcess } from './parser-process.ts';
import { DEFAULT_PARSE_LIMITS, type ParseLimits, type ParseRequest } from './types.ts';

/** A fresh process after so many documents keeps leaks of parser libraries small. */
const MAX_DOCUMENTS = 1_000;
/** Processes of one parser, idle ones included; further documents wait. */
const MAX_PROCESSES = 2;
const IDLE_MS = 60_000;

export interface ParserOptions {
  /** Path of another child script; for tests of hangs and crashes. */
  readonly childModule?: string;
}

interface Idle {
  readonly process: ParserProcess;
  readonly memoryMb: number;
  readonly timer: NodeJS.Timeout;
}

/** Owns a few parser processes; `parse` may be called concurrently. */
export class ChildParser {
  readonly #options: ParserOptions;
  /** The one used last stands last. */
  readonly #idle: Idle[] = [];
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(options: ParserOptions = {}) {
    this.#options = options;
  }

  /**
   * @param limits missing ones are taken from `DEFAULT_PARSE_LIMITS`
   * @throws ParseError
   */
  async parse(
    request: ParseRequest,
    limits: Partial<ParseLimits> = {},
    signal?: AbortSignal,
  ): Promise<ParsedDocument> {
    const job = { request, limits: { ...DEFAULT_PARSE_LIMITS, ...limits } };
    await this.#turn();
    const process = this.#take(job.limits.memoryMb);
    try {
      const document = await process.run(job, signal);
      this.#keep(process, job.limits.memoryMb);
      return document;
    } catch (error) {
      // After an error the process may be in any state; the next document gets a fresh one.
      process.kill();
      throw error;
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
    }
  }

  async #turn(): Promise<void> {
    while (this.#running >= MAX_PROCESSES) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#running++;
  }

  /** Ends the idle processes; running ones end with their document. */
  close(): void {
    for (const idle of this.#idle.splice(0)) end(idle);
  }

  #take(memoryMb: number): ParserProcess {
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop()) {
      clearTimeout(idle.timer);
      if (idle.process.alive && idle.memoryMb === memoryMb) return idle.process;
      idle.process.kill();
    }
    return new ParserProcess({ memoryMb, childModule: this.#options.childModule });
  }

  #keep(process: ParserProcess, memoryMb: number): void {
    if (process.documents >= MAX_DOCUMENTS || !process.alive) {
      process.kill();
      return;
    }
    const timer = setTimeout(() => this.#dismiss(process), IDLE_MS);
    timer.unref();
    this.#idle.push({ process, memoryMb, timer });
  }

  #dismiss(process: ParserProcess): void {
    const at = this.#idle.findIndex((idle) => idle.process === process);
    if (at >= 0) this.#idle.splice(at, 1).forEach(end);
  }
}

function end({ process, timer }: Idle): void {
  clearTimeout(timer);
  process.kill();
}

const shared = new ChildParser();

/** `ChildParser.parse` on the parser that this process shares. */
export function parseInChild(
  request: ParseRequest,
  limits: Partial<ParseLimits> = {},
  signal?: AbortSignal,
): Promise<ParsedDocument> {
  return shared.parse(request, limits, signal);
}
